/* navette init --from: another synchroniser's configuration and state. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
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

static int write_script(const char *path, const char *text, struct error *error)
{
	struct new_file file;
	struct buffer bytes = BUFFER_INITIAL;
	buffer_make_secret(&bytes);
	buffer_add_text(&bytes, text);
	int result = new_file_begin(&file, path, error);
	if (result == 0)
		result = new_file_write(&file, &bytes, error);
	if (result == 0)
		result = new_file_publish(&file, error);
	new_file_end(&file);
	buffer_release(&bytes);
	return result;
}

/* *written_r: so many are there. */
static int write_scripts(const struct takeover *takeover, size_t *written_r, struct error *error)
{
	for (*written_r = 0; *written_r < takeover->script_paths.count; (*written_r)++) {
		if (write_script(takeover->script_paths.items[*written_r],
				 takeover->script_texts.items[*written_r], error) != 0)
			return -1;
	}
	return 0;
}

/* Nothing of it is left where the whole did not work. */
static void remove_scripts(const struct takeover *takeover, size_t written)
{
	for (size_t i = 0; i < written; i++)
		(void)unlink(takeover->script_paths.items[i]); /* was made just now */
}

static int make(struct init *init, struct takeover *takeover, struct error *error)
{
	size_t written = 0;
	char *path = NULL;
	int result = read_foreign(init, takeover, &path, error);
	if (result == 0) {
		interview_say("Read: %s", path);
		tell_list("Taken over:", &takeover->made);
		tell_list("Not taken over:", &takeover->notes);
		result = new_file_write(&init->file, &takeover->config, error);
	}
	free(path);
	if (result == 0)
		result = write_scripts(takeover, &written, error);
	if (result == 0 && !init->options->no_login)
		result = take_states(init, takeover, error);
	if (result == 0)
		result = new_file_publish(&init->file, error);
	if (result != 0)
		remove_scripts(takeover, written);
	return result;
}

int init_from(struct init *init, struct error *error)
{
	const char *slash = strrchr(init->file.path, '/');
	char *directory =
		slash ? memory_text_length(init->file.path, (size_t)(slash - init->file.path))
		      : memory_text(".");
	struct takeover takeover = { .directory = directory };
	int result = make(init, &takeover, error);
	takeover_release(&takeover);
	free(directory);
	if (result != 0)
		return -1;
	interview_say("Written: %s", init->file.path);
	interview_say(
		"See that %s does not run any more (timers, cron), then: \"navette sync -n\" shows "
		"what the first run would do, and \"navette sync\" does it.",
		init_option(init, CLI_TEXT_FROM));
	return 0;
}
