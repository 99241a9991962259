/* Errors as values. SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/error.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"

/* Where TEXT of more than LIMIT bytes is cut so that no UTF-8 character is torn. */
static size_t cut_at_character(const char *text, size_t limit)
{
	while (limit > 0 && ((unsigned char)text[limit] & 0xc0) == 0x80)
		limit--;
	return limit;
}

/* Copies TEXT, made printable, into the error. */
static void store_text(struct error *error, const char *text)
{
	char *printable = text_printable(text, strlen(text));
	size_t length = strlen(printable);
	if (length >= sizeof error->text)
		length = cut_at_character(printable, sizeof error->text - 1);
	memcpy(error->text, printable, length);
	error->text[length] = '\0';
	free(printable);
}

static char *format_text(const char *format, va_list arguments)
	__attribute__((format(printf, 1, 0)));

static char *format_text(const char *format, va_list arguments)
{
	char *text = NULL;
	if (vasprintf(&text, format, arguments) < 0)
		return memory_text(format); /* better the bare sentence than none */
	return text;
}

int error_set(struct error *error, enum error_kind kind, enum error_scope scope, const char *format,
	      ...)
{
	if (!error)
		return -1;
	va_list arguments;
	va_start(arguments, format);
	char *text = format_text(format, arguments);
	va_end(arguments);
	error->kind = kind;
	error->scope = scope;
	error->pause_ms = 0;
	store_text(error, text);
	free(text);
	return -1;
}

/* In words; BUFFER is for them where they need it. */
static const char *reason_of(int number, char *buffer, size_t size)
{
#ifdef __GLIBC__ /* the GNU form returns the text, which is not always in the buffer */
	return strerror_r(number, buffer, size);
#else
	return strerror_r(number, buffer, size) == 0 ? buffer : "unknown error";
#endif
}

int error_set_errno(struct error *error, enum error_kind kind, enum error_scope scope,
		    int errno_value, const char *format, ...)
{
	if (!error)
		return -1;
	va_list arguments;
	va_start(arguments, format);
	char *text = format_text(format, arguments);
	va_end(arguments);
	char buffer[128];
	int result = error_set(error, kind, scope, "%s: %s", text,
			       reason_of(errno_value, buffer, sizeof buffer));
	free(text);
	return result;
}

int error_prefix(struct error *error, const char *format, ...)
{
	if (!error)
		return -1;
	va_list arguments;
	va_start(arguments, format);
	char *context = format_text(format, arguments);
	va_end(arguments);
	char *whole = memory_format("%s: %s", context, error->text);
	store_text(error, whole);
	free(whole);
	free(context);
	return -1;
}

int error_set_pause(struct error *error, unsigned int pause_ms)
{
	if (error && error->pause_ms < pause_ms)
		error->pause_ms = pause_ms;
	return -1;
}

int error_widen(struct error *error, enum error_scope scope)
{
	if (error && error->scope < scope)
		error->scope = scope;
	return -1;
}

enum error_kind error_worse(enum error_kind a, enum error_kind b)
{
	static const int weight[] = {
		[ERROR_NONE] = 0,  [ERROR_TEMPORARY] = 1, [ERROR_FAILED] = 2,
		[ERROR_LOGIN] = 3, [ERROR_SAFETY] = 4,    [ERROR_CONFIG] = 5
	};
	return weight[a] >= weight[b] ? a : b;
}

void error_clear(struct error *error)
{
	if (!error)
		return;
	error->kind = ERROR_NONE;
	error->scope = SCOPE_MESSAGE;
	error->pause_ms = 0;
	error->text[0] = '\0';
}
