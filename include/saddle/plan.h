/* Plans: graphs made ready to run.
 *
 * A plan holds what its outputs need, once, as a list of steps over one arena; memory of values
 * that are no longer read is used again. Steps that depend on captured matrices alone come first and
 * are run again only when one of those has been written to. Running allocates nothing. */
#ifndef SADDLE_PLAN_H
#define SADDLE_PLAN_H

#include "saddle/graph.h"

typedef struct sd_plan sd_plan;

/* A plan for outs[nout] of g, which may be freed after. SD_ENOMEM, SD_ETOOBIG. */
int sd_plan_new(const sd_graph *g, int nout, const sd_ref *outs, sd_plan **plan);
void sd_plan_free(sd_plan *p);

int sd_plan_inputs(const sd_plan *p);
int sd_plan_outputs(const sd_plan *p);
sd_type sd_plan_output_type(const sd_plan *p, int j);
size_t sd_plan_arena(const sd_plan *p); /* bytes that bind wants, 64-byte aligned */
const sd_graph *sd_plan_graph(const sd_plan *p);

/* Lays the plan over its arena and its inputs: in[k] has the type of input k (an rng is an sd_rng)
 * and may be written to between runs. Captures are those of the graph, or if not NULL replacements of
 * the same types in the same order. */
void sd_plan_bind(sd_plan *p, void *arena, const sd_mat *in, const sd_capture *captures);

/* Runs all steps; the outputs are valid until the next run. A status and sd_plan_why; SD_EINTR. */
int sd_plan_run(sd_plan *p);
const sd_mat *sd_plan_output(const sd_plan *p, int j);
const char *sd_plan_why(const sd_plan *p);

#endif
