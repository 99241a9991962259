/* INTERNALDATE. SPDX-License-Identifier: GPL-3.0-or-later */
#include "imap/date.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>
#include <time.h>

static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

/* Exactly COUNT digits. */
static bool take_digits(const char **text, size_t *length, size_t count, int *number_r)
{
	int number = 0;
	if (*length < count)
		return false;
	for (size_t i = 0; i < count; i++) {
		if ((*text)[i] < '0' || (*text)[i] > '9')
			return false;
		number = number * 10 + ((*text)[i] - '0');
	}
	*text += count;
	*length -= count;
	*number_r = number;
	return true;
}

static bool take_byte(const char **text, size_t *length, char byte)
{
	if (*length == 0 || **text != byte)
		return false;
	(*text)++;
	(*length)--;
	return true;
}

/* "dd", " d" or "d" */
static bool take_day(const char **text, size_t *length, int *day_r)
{
	(void)take_byte(text, length, ' ');
	bool two = *length > 1 && (*text)[1] >= '0' && (*text)[1] <= '9';
	return take_digits(text, length, two ? 2 : 1, day_r);
}

static bool take_month(const char **text, size_t *length, int *month_r)
{
	if (*length < 3)
		return false;
	for (int month = 0; month < 12; month++) {
		if (strncasecmp(*text, months + (ptrdiff_t)month * 3, 3) == 0) {
			*month_r = month;
			*text += 3;
			*length -= 3;
			return true;
		}
	}
	return false;
}

static bool take_zone(const char **text, size_t *length, int *seconds_r)
{
	int hours;
	int minutes;
	bool west = *length > 0 && **text == '-';
	if (!west && !(*length > 0 && **text == '+'))
		return false;
	(*text)++;
	(*length)--;
	if (!take_digits(text, length, 2, &hours) || !take_digits(text, length, 2, &minutes) ||
	    hours > 23 || minutes > 59)
		return false;
	*seconds_r = (hours * 60 + minutes) * (west ? -60 : 60);
	return true;
}

static int days_of_month(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
	return month == 1 && leap ? 29 : days[month];
}

/* Years before 1970 are what broken servers say for "unknown". */
static bool is_sensible(const struct tm *date)
{
	int year = date->tm_year + 1900;
	return year >= 1970 && date->tm_mday >= 1 &&
	       date->tm_mday <= days_of_month(year, date->tm_mon) && date->tm_hour <= 23 &&
	       date->tm_min <= 59 && date->tm_sec <= 60;
}

bool imap_date_parse(const char *text, size_t length, int64_t *seconds_r)
{
	struct tm date = { .tm_isdst = 0 };
	int zone;
	if (!take_day(&text, &length, &date.tm_mday) || !take_byte(&text, &length, '-') ||
	    !take_month(&text, &length, &date.tm_mon) || !take_byte(&text, &length, '-') ||
	    !take_digits(&text, &length, 4, &date.tm_year) || !take_byte(&text, &length, ' ') ||
	    !take_digits(&text, &length, 2, &date.tm_hour) || !take_byte(&text, &length, ':') ||
	    !take_digits(&text, &length, 2, &date.tm_min) || !take_byte(&text, &length, ':') ||
	    !take_digits(&text, &length, 2, &date.tm_sec) || !take_byte(&text, &length, ' ') ||
	    !take_zone(&text, &length, &zone) || length != 0)
		return false;
	date.tm_year -= 1900;
	if (!is_sensible(&date))
		return false;
	*seconds_r = (int64_t)timegm(&date) - zone;
	return *seconds_r >= 0;
}

void imap_date_format(int64_t seconds, char text[IMAP_DATE_SIZE])
{
	static const int64_t first = INT64_C(-2208988800); /* 1900-01-01 */
	static const int64_t last = INT64_C(253402300799); /* 9999-12-31 */
	time_t time = (time_t)(seconds < first ? first : seconds > last ? last : seconds);
	struct tm date;
	(void)gmtime_r(&time, &date); /* cannot fail within these years */
	/* Written by hand: strftime's month names depend on the locale. */
	char form[IMAP_DATE_SIZE + 1];
	size_t length = strftime(form, sizeof form, "%d-MMM-%Y %H:%M:%S +0000", &date);
	memcpy(form + 3, months + (ptrdiff_t)date.tm_mon * 3, 3);
	memcpy(text, form, length + 1);
}

void imap_date_format_day(int64_t day, char text[IMAP_DAY_SIZE])
{
	char whole[IMAP_DATE_SIZE];
	int64_t most = INT64_MAX / 86400;
	imap_date_format((day > most ? most : day < -most ? -most : day) * 86400, whole);
	size_t zero = whole[0] == '0'; /* as it is written commonly */
	memcpy(text, whole + zero, IMAP_DAY_SIZE - 1 - zero);
	text[IMAP_DAY_SIZE - 1 - zero] = '\0';
}
