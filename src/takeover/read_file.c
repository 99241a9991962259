/* A whole file as text. SPDX-License-Identifier: GPL-3.0-or-later */
#include "takeover/read_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buffer.h"

#define FILE_MAX (1024u * 1024u * 1024u)
#define PIECE 65536

int read_file_bytes(const char *path, char **bytes_r, size_t *length_r, struct error *error)
{
	static _Thread_local char piece[PIECE];
	struct buffer bytes = BUFFER_INITIAL;
	FILE *stream = fopen(path, "re");
	size_t got;
	*bytes_r = NULL;
	*length_r = 0;
	if (!stream && (errno == ENOENT || errno == ENOTDIR))
		return 0;
	if (!stream)
		return error_set_errno(error, ERROR_FAILED, SCOPE_FOLDER, errno, "cannot read %s",
				       path);
	while (bytes.length <= FILE_MAX && (got = fread(piece, 1, sizeof piece, stream)) > 0)
		buffer_add(&bytes, piece, got);
	bool good = !ferror(stream) && bytes.length <= FILE_MAX;
	(void)fclose(stream); /* only read from */
	*length_r = bytes.length;
	*bytes_r = buffer_take(&bytes);
	if (good)
		return 1;
	free(*bytes_r);
	*bytes_r = NULL;
	return error_set(error, ERROR_FAILED, SCOPE_FOLDER, "cannot read %s", path);
}

int read_file(const char *path, char **text_r, struct error *error)
{
	size_t length;
	return read_file_bytes(path, text_r, &length, error);
}
