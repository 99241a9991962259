/* A scene, played again and again. SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../faults/faults.h"
#include "base/memory.h"
#include "base/text.h"
#include "engine-scenes.h"

#define RULES "connections = 1\ntimeout = 6s\n"

static void configure(struct stage *stage, const char *rules)
{
	char *text = memory_format(RULES "%s", rules ? rules : "");
	rig_configure(&stage->rig, text);
	free(text);
}

bool stage_takes(struct stage *stage)
{
	return stage->turn++ % stage_stride() == 0;
}

uint64_t stage_stride(void)
{
	uint64_t stride = 1;
	const char *text = getenv("NAVETTE_STRIDE");
	if (text)
		(void)text_parse_number(text, UINT32_MAX, &stride);
	return stride > 0 ? stride : 1;
}

void stage_set(struct stage *stage)
{
	struct rig *rig = &stage->rig;
	const struct scene *scene = stage->scene;
	rig_clear(rig);
	rig->world->ways = stage->ways;
	if (scene->new_rules)
		configure(stage, scene->rules);
	if (scene->set) {
		scene->set(rig);
		rig_run(rig, &stage->options);
		cr_assert_eq(rig->result.worst, ERROR_NONE, "%s: %s", scene->name, rig->failures);
	}
	scene->act(rig);
	if (scene->new_rules)
		configure(stage, scene->new_rules);
	rig->world->steps = 0;
}

static void run_to_the_end(struct stage *stage, int done)
{
	for (int runs = stage->scene->runs ? stage->scene->runs : 1; done < runs; done++) {
		rig_run(&stage->rig, &stage->options);
		cr_assert_eq(stage->rig.result.worst, ERROR_NONE, "%s: %s", stage->scene->name,
			     stage->rig.failures);
	}
}

void stage_begin(struct stage *stage, const struct scene *scene, unsigned int ways)
{
	*stage = (struct stage){ .scene = scene,
				 .turn = (unsigned char)scene->name[0] + (ways ? 1u : 0u),
				 .ways = { .without_modseq = ways & 1,
					   .without_uids = ways & 2,
					   .without_moves = ways & 4,
					   .with_replace = ways & 8,
					   .with_objects = !(ways & 1) },
				 .options = { .force_delete = true } };
	rig_begin(&stage->rig, "");
	configure(stage, scene->rules);
	stage_set(stage);
	faults_begin(NULL, NULL);
	rig_run(&stage->rig, &stage->options);
	faults_end();
	cr_assert_eq(stage->rig.result.worst, ERROR_NONE, "%s: %s", scene->name,
		     stage->rig.failures);
	stage->steps = stage->rig.world->steps;
	stage->changes = faults_counts()->changes;
	for (size_t i = 0; i < FAULT_KIND_COUNT; i++)
		stage->calls[i] = faults_counts()->calls[i];
	run_to_the_end(stage, 1);
	stage->near = rig_near(&stage->rig);
	stage->far = rig_far(&stage->rig);
	stage_expect_repaired(stage, "nothing was done to it");
}

void stage_end(struct stage *stage)
{
	free(stage->near);
	free(stage->far);
	rig_end(&stage->rig);
}

static void expect_no_rests(const struct stage *stage, const char *harm)
{
	static const char *const folders[] = { "INBOX", "Other", "Far", "Near" };
	for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
		char *path = rig_path(&stage->rig, folders[i], "tmp");
		DIR *stream = opendir(path);
		for (struct dirent *entry; stream && (entry = readdir(stream)) != NULL;)
			/* A witness goes when there is more to do. */
			cr_assert(entry->d_name[0] == '.' ||
					  strcmp(entry->d_name, "navette.witness") == 0,
				  "%s, %s: %s/%s is left over", stage->scene->name, harm, path,
				  entry->d_name);
		if (stream)
			(void)closedir(stream);
		free(path);
	}
}

static void expect_same(const struct stage *stage, const char *harm, const char *when)
{
	char *near = rig_near(&stage->rig);
	char *far = rig_far(&stage->rig);
	cr_assert_str_eq(near, stage->near, "%s, %s: near %s\n%s-- but without harm\n%s-- far\n%s",
			 stage->scene->name, harm, when, near, stage->near, far);
	cr_assert_str_eq(far, stage->far, "%s, %s: far %s\n%s-- but without harm\n%s",
			 stage->scene->name, harm, when, far, stage->far);
	free(near);
	free(far);
}

void stage_expect_repaired(struct stage *stage, const char *harm)
{
	struct rig *rig = &stage->rig;
	run_to_the_end(stage, 0);
	expect_same(stage, harm, "after the next run");
	/* What could not be removed there is removed when it is old. */
	if (strncmp(harm, "unlink", 6) != 0)
		expect_no_rests(stage, harm);
	char *before = rig_names(rig);
	rig_run(rig, &stage->options);
	char *after = rig_names(rig);
	cr_assert(rig->result.worst == ERROR_NONE && rig->effects == 0,
		  "%s, %s: a run that has nothing to do has %u effects\n%s", stage->scene->name,
		  harm, (unsigned int)rig->effects, rig->failures);
	cr_assert_str_eq(before, after, "%s, %s: a run that has nothing to do changes files",
			 stage->scene->name, harm);
	free(before);
	free(after);
}

void stage_note(const char *word, uint64_t number)
{
	const char *path = getenv("NAVETTE_COUNTS");
	FILE *file = path ? fopen(path, "a") : NULL;
	if (!file)
		return;
	(void)fprintf(file, "%s %llu\n", word, (unsigned long long)number);
	(void)fclose(file);
}
