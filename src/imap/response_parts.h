/* The parts of responses, for the files of the parser. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_IMAP_RESPONSE_PARTS_H
#define NAVETTE_IMAP_RESPONSE_PARTS_H

#include "imap/lexer.h"
#include "imap/response.h"

/* A list of more words than this makes no sense. */
#define RESPONSE_WORDS_MAX 10000u

/* A response under way. */
struct response_parse {
	struct imap_reader *reader;
	const struct imap_body_sink *sink; /* may be NULL */
	struct imap_response *response;
};

/* Each stands behind the keyword of its response and any spaces. Those marked whole take the line
 * end too. They return as the functions of the lexer do. */

bool response_parse_flag_list(struct response_parse *parse, struct flag_names *flags);
/* The code and the text behind OK, NO, BAD, BYE, PREAUTH: whole; never malformed, so that a tagged
 * reply is never lost. */
bool response_parse_condition(struct response_parse *parse);
bool response_parse_fetch(struct response_parse *parse);     /* whole */
bool response_parse_list(struct response_parse *parse);      /* whole */
bool response_parse_status(struct response_parse *parse);    /* whole */
bool response_parse_namespace(struct response_parse *parse); /* whole */
bool response_parse_search(struct response_parse *parse);    /* whole */
bool response_parse_esearch(struct response_parse *parse);   /* whole */
bool response_parse_vanished(struct response_parse *parse);  /* whole */
bool response_parse_words(struct response_parse *parse);     /* whole: CAPABILITY, ENABLED */

/* One flag as a server writes it, perhaps in quotation marks, as some do. False: too many. */
bool response_add_flag(struct flag_names *flags, struct lexer_slice word);
/* One capability, made upper case; dropped when it is no printable ASCII. False: too many. */
bool response_add_capability(struct text_list *list, struct lexer_slice word);

/* Empty, memory kept. */
void response_clear_words(struct text_list *list);
void response_clear_flags(struct flag_names *flags);

#endif
