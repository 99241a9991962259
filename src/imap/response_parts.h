/* The parts of responses, one file each. Internal to the parser. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#ifndef NAVETTE_IMAP_RESPONSE_PARTS_H
#define NAVETTE_IMAP_RESPONSE_PARTS_H

#include "imap/lexer.h"
#include "imap/response.h"

/* A parse under way. */
struct parse {
	struct imap_reader *reader;
	const struct imap_body_sink *sink;
	struct imap_response *response;
	struct buffer *word; /* for whoever needs one just now */
	struct error *error;
};

/* Each stands behind the space after its keyword and stops before the line's end. */
enum lex parse_flags(struct parse *parse, struct imap_flags *flags); /* response_flags.c */
enum lex parse_code(struct parse *parse); /* response_code.c: at "[": up to behind "]" */
enum lex parse_capabilities(struct parse *parse, const char *stops, struct text_list *list);
enum lex parse_fetch(struct parse *parse);     /* response_fetch.c */
enum lex parse_list(struct parse *parse);      /* response_list.c */
enum lex parse_status(struct parse *parse);    /* response_list.c */
enum lex parse_namespace(struct parse *parse); /* response_list.c */
enum lex parse_search(struct parse *parse);    /* response_search.c */
enum lex parse_esearch(struct parse *parse);   /* response_search.c */
enum lex parse_vanished(struct parse *parse);  /* response_search.c */

void imap_flags_clear(struct imap_flags *flags);
void text_list_clear(struct text_list *list);

#endif
