/* navette init --from: another synchroniser's configuration and state. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cli/init/init.h"
#include "sync/takeover.h"

static int read_foreign(const struct init *init, struct takeover *takeover, char **path_r,
			struct error *error)
{
	const char *program = init_option(init, CLI_TEXT_FROM);
	const char *path = init->options->arguments[0];
	static const char *const programs[] = { "mbsync", "offlineimap", NULL };
	if (strcmp(program, "mbsync") == 0 || strcmp(program, "isync") == 0)
		return takeover_read_mbsync(path, takeover, path_r, error);
	if (text_starts_with_ignoring_case(program, "offlineimap"))
		return takeover_read_offlineimap(path, takeover, path_r, error);
	const char *nearest = text_nearest(program, programs);
	return error_set(error, ERROR_CONFIG, SCOPE_ACCOUNT,
			 "--from takes mbsync or offlineimap, not %s%s%s", program,
			 nearest ? "; did you mean " : "", nearest ? nearest : "");
}

static void tell_list(const char *heading, const struct text_list *list)
{
	if (list->count > 0)
		interview_say("%s", heading);
	for (size_t i = 0; i < list->count; i++)
		interview_say("- %s", list->items[i]);
}

static void see_folder(void *context, const struct sync_taken *taken)
{
	(void)context;
	if (taken->taken && taken->doubtful > 0)
		interview_say("%s: %u %s, and %zu more by content in the first run", taken->folder,
			      taken->messages, text_plural(taken->messages, "message", "messages"),
			      taken->doubtful);
	else if (taken->taken)
		interview_say("%s: %u %s", taken->folder, taken->messages,
			      text_plural(taken->messages, "message", "messages"));
	else
		interview_say("%s: matched by content in the first run%s%s", taken->folder,
			      taken->why ? ": " : "", taken->why ? taken->why : "");
}

/* The state of each account whose server can be asked. */
static int take_states(struct init *init, const struct takeover *takeover, struct error *error)
{
	struct config *config;
	if (config_load(init->file.temporary, &config, error) != 0)
		return error_prefix(error,
				    "what comes of it is no configuration yet, and nothing was "
				    "written; with --no-login it is written as it is, to be "
				    "mended by hand");
	int result = 0;
	for (size_t i = 0; result == 0 && i < config->account_count; i++) {
		const struct config_account *account = &config->accounts[i];
		interview_say("Taking over the state of %s ...", account->name);
		result = sync_takeover(account, takeover, NULL, init->interview.cancel, see_folder,
				       NULL, error);
		if (result != 0)
			(void)error_prefix(error, "account %s", account->name); /* always -1 */
	}
	config_destroy(&config);
	return result;
}

static int make(struct init *init, struct takeover *takeover, struct error *error)
{
	char *path = NULL;
	int result = read_foreign(init, takeover, &path, error);
	if (result == 0) {
		interview_say("Read: %s", path);
		tell_list("Taken over:", &takeover->made);
		tell_list("Not taken over:", &takeover->notes);
		result = new_file_write(&init->file, &takeover->config, error);
	}
	free(path);
	if (result == 0 && !init->options->no_login)
		result = take_states(init, takeover, error);
	return result == 0 ? new_file_publish(&init->file, error) : -1;
}

int init_from(struct init *init, struct error *error)
{
	struct takeover takeover = { .sources = NULL };
	int result = make(init, &takeover, error);
	takeover_release(&takeover);
	if (result != 0)
		return -1;
	interview_say("Written: %s", init->file.path);
	interview_say(
		"See that %s does not run any more (timers, cron), then: \"navette sync -n\" shows "
		"what the first run would do, and \"navette sync\" does it.",
		init_option(init, CLI_TEXT_FROM));
	return 0;
}
