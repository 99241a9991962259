/* Readers of values that several keys share. Internal to config. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#ifndef NAVETTE_CONFIG_VALUES_H
#define NAVETTE_CONFIG_VALUES_H

#include <stdbool.h>
#include <stdint.h>

/* Reads VALUE into the member at FIELD. False: *problem_r is a text of the caller's that says why,
 * to stand after the key's name. */
typedef bool config_value_function(void *field, const char *value, char **problem_r);

bool config_read_text(void *field, const char *value, char **problem_r); /* char *; not empty */
bool config_read_path(void *field, const char *value, char **problem_r); /* char *; absolute */
/* unsigned int; seconds, from "90", "90s", "2m", "1h" */
bool config_read_duration(void *field, const char *value, char **problem_r);
bool config_read_sides(void *field, const char *value, char **problem_r); /* enum config_sides */

/* A word and the number it stands for; lists of them end with a NULL word. */
struct config_choice {
	const char *word;
	int number;
};
#define CONFIG_CHOICES_MAX 16

/* The three below are for readers: the last arguments are as above. */
bool config_value_choice(const struct config_choice *choices, const char *value, int *number_r,
			 char **problem_r);
bool config_value_number(const char *value, uint64_t minimum, uint64_t maximum, uint64_t *number_r,
			 char **problem_r);
/* A number of bytes, or of K, M or G (of 1024): "500K"; false without a problem when it is none
 * from 1 to MOST. */
bool config_value_size(const char *value, uint64_t most, uint64_t *size_r);
/* The next of the words that stand between spaces or commas, which the caller owns; false at the
 * end. */
bool config_next_word(const char **rest, char **word_r);

#endif
