/* The words of other programs for what navette calls otherwise. Internal to config.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_CONFIG_PEER_WORDS_H
#define NAVETTE_CONFIG_PEER_WORDS_H

/* What stands here for the key WORD of mbsync or OfflineIMAP, to be read after "is no key of an
 * account; ", without regard to case; NULL when it is none of theirs. Static. */
const char *config_peer_word(const char *word);

#endif
