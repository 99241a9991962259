/* navette keeps an IMAP account and a local Maildir tree the same, both ways.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/command.h"

int main(int argc, char **argv)
{
	return cli_main(argc, argv);
}
