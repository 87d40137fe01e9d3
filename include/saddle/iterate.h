/* Iterations: a plan for one step, run n times over a state.
 *
 * The state is a list of leaves (matrices, numbers as 1x1, rngs). A step computes new values of
 * some leaves from all of them; none changes before everything that can fail has succeeded, then
 * all do. So the state is always that of the last completed step, whatever ends a run, and a run
 * that is resumed goes on bit for bit as if it had not been ended. Stepping allocates nothing after
 * the first step.
 *
 *   sd_iterate_new(&spec, &it);
 *   sd_iterate_bind(it, arena, state, extra);
 *   sd_iterate_begin(it, 0, n, every, records, times);
 *   while ((end = sd_iterate_run(it, sd_iterate_t(it) + chunk)) == SD_RUN_PAUSED) ...hooks...
 *
 * At t = 0, 1, ..., n (t counts completed steps) in this order: a record, if one is due; the stop
 * plan; the next step. */
#ifndef SADDLE_ITERATE_H
#define SADDLE_ITERATE_H

#include "saddle/plan.h"

typedef struct sd_iterate sd_iterate;

/* The inputs of every plan are the state's leaves, then extra inputs, of the same types throughout:
 * where the plans have a layout (plan.h) it is one, and the caller turns the leaves that it turns.
 * The plans stay the caller's, outlive the iteration and are different plans. */
typedef struct sd_iterate_spec {
  sd_plan *step;
  sd_plan *record; /* or NULL */
  sd_plan *stop;   /* or NULL; one output, 1x1 f64: not 0 stops */
  int nstate;
  const int *leaf; /* output j of step is the new value of leaf[j]; no leaf twice */
} sd_iterate_spec;

/* How a run ended. PAUSED: at the t asked for. DIVERGED: NaN or infinity in the state or in a
 * record; looked for at records and at the end, so not at each t that a run pauses at. Leaves that
 * hold an infinity but no NaN when the iteration begins (a best value so far) are not looked at. */
enum {
  SD_RUN_PAUSED,
  SD_RUN_DONE,
  SD_RUN_STOPPED,
  SD_RUN_DIVERGED,
  SD_RUN_INTERRUPTED,
  SD_RUN_FAILED
};

/* SD_ENOMEM; SD_EARG, SD_ESHAPE when plans, leaves and outputs do not fit together (the caller has
 * checked this with messages of its own). */
int sd_iterate_new(const sd_iterate_spec *spec, sd_iterate **it);
void sd_iterate_free(sd_iterate *it);

size_t sd_iterate_arena(const sd_iterate *it); /* bytes that bind wants, 64-byte aligned */

/* state[k], k < nstate: packed matrices of the leaves' types, read and written in place, apart from
 * each other, and good between runs (within one, leaves may lie in the arena); extra: the other
 * inputs. Binds the plans too, with the captures in force. */
void sd_iterate_bind(sd_iterate *it, void *arena, const sd_mat *state, const sd_mat *extra);

/* Starts at t = from of n steps; from > 0 goes on where another run ended, which has recorded that
 * t. Records at 0, every, 2 every, ... and at n go to records[j], one column each with the elements
 * of output j of the record plan, of its dtype; times, if not NULL, is 1 x columns, f64, and gets
 * their t. There are sd_iterate_columns(from, n, every) columns, and the headers point to them
 * until the next begin. Without a record plan, or with every = 0, nothing is recorded. */
void sd_iterate_begin(sd_iterate *it, int64_t from, int64_t n, int64_t every, const sd_mat *records,
                      const sd_mat *times);
int64_t sd_iterate_columns(int64_t from, int64_t n, int64_t every);

/* Steps until t = upto (at most n) or something ends it: SD_RUN_*. Polls sd_interrupted() once a
 * step. May be called again after each end: PAUSED and INTERRUPTED go on; DONE, STOPPED and
 * DIVERGED are final until the next begin; FAILED tries the step once more. */
int sd_iterate_run(sd_iterate *it, int64_t upto);

/* A record of the present state in the next column, unless the last one is of this t or there is no
 * column left; for the end of a run that was stopped. A status, with a sentence as below. */
int sd_iterate_record(sd_iterate *it);

int64_t sd_iterate_t(const sd_iterate *it);        /* completed steps */
int64_t sd_iterate_recorded(const sd_iterate *it); /* columns written */
int sd_iterate_status(const sd_iterate *it);       /* of what has failed: the status, ... */
int sd_iterate_in_step(const sd_iterate *it);      /* ... whether it is the step's, ... */
const char *sd_iterate_why(const sd_iterate *it);  /* ... and the sentence */

#endif
