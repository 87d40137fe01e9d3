/* Running a step plan over a state (see iterate.h).
 *
 * Of a step's outputs, some have been written over their leaves when it has succeeded, and some
 * change places with them (plan.h). The others are copied there. An output may lie in the state
 * itself (a leaf returned as it is, or as another leaf): those are copied aside first, so that two
 * leaves can exchange their values. */
#include "saddle/iterate.h"
#include "saddle/memory.h"
#include "saddle/status.h"
#include <math.h>
#include <string.h>

enum { FRESH, RECORDED, CHECKED }; /* what has been done at the present t */

typedef struct copy {
  const sd_mat *from;
  sd_mat *to;
} copy;

struct sd_iterate {
  sd_plan *step, *record, *stop;
  int nstate, nout, nextra;
  int *leaf, *watched;
  int *kept;     /* outputs that need no copy: they lie in the leaf that they become, or will */
  int swapped;   /* leaves that swap lie in the plan's arena, see plan.h */
  sd_mat *state; /* the leaves, then the extra inputs */
  sd_mat *aside; /* of outputs that lie in the state; x is NULL for the others */
  copy *copies;  /* bind's: what is copied after a step, in this order */
  int ncopies;
  size_t aside_bytes;
  /* this iteration */
  int64_t t, n, every, columns, recorded, last_record;
  const sd_mat *records, *times;
  int phase, ended; /* ended: SD_RUN_DONE and the like once final, else SD_RUN_PAUSED */
  int status, in_step;
  const char *why;
};

/* ---- making -----------------------------------------------------------------------------------*/

/* 1 when p takes what the step takes. */
static int same_inputs(const sd_plan *step, const sd_plan *p) {
  if (p == NULL) return 1;
  if (p == step || sd_plan_inputs(p) != sd_plan_inputs(step)) return 0;
  for (int k = 0; k < sd_plan_inputs(p); k++) {
    sd_type a = sd_plan_input_type(p, k), b = sd_plan_input_type(step, k);
    if (a.rows != b.rows || a.cols != b.cols || a.dtype != b.dtype) return 0;
  }
  return 1;
}

static int same_leaves(const sd_iterate_spec *s, int *seen) {
  memset(seen, 0, (size_t)s->nstate * sizeof *seen);
  for (int j = 0; j < sd_plan_outputs(s->step); j++) {
    if (s->leaf[j] < 0 || s->leaf[j] >= s->nstate || seen[s->leaf[j]]++) return SD_EARG;
    sd_type a = sd_plan_input_type(s->step, s->leaf[j]), b = sd_plan_output_type(s->step, j);
    if (a.rows != b.rows || a.cols != b.cols || a.dtype != b.dtype) return SD_ESHAPE;
  }
  return SD_OK;
}

static int check_stop(const sd_plan *p) {
  if (p == NULL) return SD_OK;
  if (sd_plan_outputs(p) != 1) return SD_EARG;
  sd_type t = sd_plan_output_type(p, 0);
  return t.rows == 1 && t.cols == 1 && t.dtype == SD_F64 ? SD_OK : SD_ESHAPE;
}

/* Headers for the outputs that lie in the state, over offsets from NULL. */
static int lay_aside(sd_iterate *it) {
  for (int j = 0; j < it->nout; j++) {
    sd_type t = sd_plan_output_type(it->step, j);
    int input = sd_plan_output_input(it->step, j);
    size_t bytes = 0;
    it->aside[j] = sd_mat_over(t.rows, t.cols, t.dtype, NULL);
    if (input < 0 || input >= it->nstate) continue;
    int status = sd_mem_size(t.rows, t.cols, sd_type_size(&t), &bytes);
    if (status != SD_OK || bytes > PTRDIFF_MAX / 2 - it->aside_bytes) return SD_ETOOBIG;
    it->aside_bytes += sd_align_up(bytes);
  }
  return SD_OK;
}

int sd_iterate_new(const sd_iterate_spec *s, sd_iterate **out) {
  int inputs = sd_plan_inputs(s->step), nout = sd_plan_outputs(s->step), status;
  *out = NULL;
  if (s->nstate < 0 || s->nstate > inputs) return SD_EARG;
  if (!same_inputs(s->step, s->record) || !same_inputs(s->step, s->stop)) return SD_ESHAPE;
  if (s->record && s->record == s->stop) return SD_EARG;
  if ((status = check_stop(s->stop)) != SD_OK) return status;
  sd_iterate *it = sd_alloc(1, sizeof *it);
  if (it == NULL) return SD_ENOMEM;
  *it = (sd_iterate){.step = s->step, .record = s->record, .stop = s->stop};
  it->nstate = s->nstate, it->nout = nout, it->nextra = inputs - s->nstate;
  it->why = "";
  it->leaf = sd_alloc((size_t)nout + 1, sizeof *it->leaf);
  it->kept = sd_alloc((size_t)nout + 1, sizeof *it->kept);
  it->watched = sd_alloc((size_t)s->nstate + 1, sizeof *it->watched);
  it->state = sd_alloc((size_t)inputs + 1, sizeof *it->state);
  it->aside = sd_alloc((size_t)nout + 1, sizeof *it->aside);
  it->copies = sd_alloc(2 * (size_t)nout + 1, sizeof *it->copies);
  int room = it->leaf && it->kept && it->watched && it->state && it->aside && it->copies;
  status = room ? same_leaves(s, it->watched) : SD_ENOMEM;
  if (status == SD_OK) status = lay_aside(it);
  if (status != SD_OK) {
    sd_iterate_free(it);
    return status;
  }
  if (nout > 0) memcpy(it->leaf, s->leaf, (size_t)nout * sizeof *it->leaf);
  *out = it;
  return SD_OK;
}

void sd_iterate_free(sd_iterate *it) {
  if (it == NULL) return;
  sd_free(it->leaf);
  sd_free(it->kept);
  sd_free(it->watched);
  sd_free(it->state);
  sd_free(it->aside);
  sd_free(it->copies);
  sd_free(it);
}

static size_t arena_of(const sd_plan *p) { return p ? sd_align_up(sd_plan_arena(p)) : 0; }

size_t sd_iterate_arena(const sd_iterate *it) {
  return it->aside_bytes + arena_of(it->step) + arena_of(it->record) + arena_of(it->stop);
}

/* Outputs that are not kept: first those that lie in the state go aside, then all to their
 * leaves. */
static void list_copies(sd_iterate *it) {
  it->ncopies = 0;
  for (int pass = 0; pass < 2; pass++)
    for (int j = 0; j < it->nout; j++) {
      sd_mat *aside = it->aside[j].x ? &it->aside[j] : NULL;
      const sd_mat *from = pass && aside ? aside : sd_plan_output(it->step, j);
      if (it->kept[j] || (pass == 0 && aside == NULL)) continue;
      it->copies[it->ncopies++] = (copy){from, pass ? &it->state[it->leaf[j]] : aside};
    }
}

void sd_iterate_bind(sd_iterate *it, void *arena, const sd_mat *state, const sd_mat *extra) {
  sd_plan *plans[] = {it->step, it->record, it->stop};
  char *at = arena;
  for (int k = 0; k < it->nstate; k++) it->state[k] = state[k];
  for (int k = 0; k < it->nextra; k++) it->state[it->nstate + k] = extra[k];
  for (int j = 0; j < it->nout; j++) {
    sd_type t = sd_plan_output_type(it->step, j);
    int input = sd_plan_output_input(it->step, j);
    if (input < 0 || input >= it->nstate) continue;
    it->aside[j].x = at;
    at += sd_align_up((size_t)t.rows * (size_t)t.cols * sd_type_size(&t));
  }
  for (int i = 0; i < 3; i++)
    if (plans[i]) {
      sd_plan_bind(plans[i], at, it->state, NULL);
      at += arena_of(plans[i]);
    }
  for (int j = 0; j < it->nout; j++)
    it->kept[j] = sd_plan_swaps(it->step, j) ||
                  sd_mat_same(sd_plan_output(it->step, j), &it->state[it->leaf[j]]);
  list_copies(it);
}

/* Outputs that swap lie where their leaves were; all who look at the state want it in its place. */
static void swap(sd_iterate *it) {
  sd_plan_swap(it->step);
  it->swapped = !it->swapped;
}

static void settle(sd_iterate *it) {
  if (!it->swapped) return;
  swap(it);
  for (int j = 0; j < it->nout; j++)
    if (sd_plan_swaps(it->step, j))
      sd_value_copy(sd_plan_output(it->step, j), &it->state[it->leaf[j]]);
}

/* ---- looking at the state ---------------------------------------------------------------------*/

static int has_nan(const sd_mat *a) {
  for (ptrdiff_t j = 0; j < a->cols; j++)
    for (ptrdiff_t i = 0; i < a->rows; i++)
      if (isnan(sd_mat_get(a, i, j))) return 1;
  return 0;
}

static int is_finite(const sd_iterate *it) {
  for (int k = 0; k < it->nstate; k++)
    if (it->watched[k] && !sd_mat_finite(&it->state[k])) return 0;
  return 1;
}

/* ---- records ----------------------------------------------------------------------------------*/

int64_t sd_iterate_columns(int64_t from, int64_t n, int64_t every) {
  if (every <= 0) return 0;
  return (from == 0) + n / every - from / every + (n > from && n % every != 0);
}

void sd_iterate_begin(sd_iterate *it, int64_t from, int64_t n, int64_t every, const sd_mat *records,
                      const sd_mat *times) {
  it->t = from;
  it->recorded = 0;
  it->last_record = from > 0 ? from : -1;
  it->n = n < from ? from : n;
  it->every = it->record ? every : 0;
  it->columns = sd_iterate_columns(from, it->n, it->every);
  it->records = records;
  it->times = times;
  it->phase = from > 0 ? RECORDED : FRESH;
  it->ended = SD_RUN_PAUSED;
  it->status = SD_OK;
  it->why = "";
  for (int k = 0; k < it->nstate; k++) {
    const sd_mat *a = &it->state[k];
    it->watched[k] = a->dtype != SD_RNG && (sd_mat_finite(a) || has_nan(a));
  }
}

/* Column `recorded` of records[j] <- output j. */
static void store(sd_iterate *it, int j) {
  const sd_mat *from = sd_plan_output(it->record, j);
  sd_mat column = sd_mat_block(&it->records[j], 0, it->recorded, from->rows * from->cols, 1);
  sd_mat to = sd_mat_over(from->rows, from->cols, from->dtype, column.x);
  sd_mat_copy(from, &to);
}

/* How a run ends that met this status in p. */
static int end_of(sd_iterate *it, const sd_plan *p, int status) {
  if (status == SD_EINTR) return SD_RUN_INTERRUPTED;
  it->status = status;
  it->in_step = p == it->step;
  it->why = *sd_plan_why(p) ? sd_plan_why(p) : sd_status_text(status);
  return SD_RUN_FAILED;
}

int sd_iterate_record(sd_iterate *it) {
  if (it->every <= 0 || it->last_record == it->t || it->recorded == it->columns) return SD_OK;
  int status = sd_plan_run(it->record);
  if (status != SD_OK) {
    end_of(it, it->record, status);
    return status;
  }
  for (int j = 0; j < sd_plan_outputs(it->record); j++) store(it, j);
  if (it->times) sd_mat_set(it->times, 0, it->recorded, (double)it->t);
  it->recorded++;
  it->last_record = it->t;
  return SD_OK;
}

static int record_is_finite(const sd_iterate *it) {
  for (int j = 0; j < sd_plan_outputs(it->record); j++)
    if (!sd_mat_finite(sd_plan_output(it->record, j))) return 0;
  return 1;
}

/* ---- running ----------------------------------------------------------------------------------*/

/* Before the step from t: what is due at t. PAUSED: go on. */
static int look(sd_iterate *it) {
  int status;
  if (it->phase == FRESH) {
    if (it->every > 0 && (it->t % it->every == 0 || it->t == it->n)) {
      settle(it);
      if ((status = sd_iterate_record(it)) != SD_OK) return end_of(it, it->record, status);
      if (!record_is_finite(it) || !is_finite(it)) return SD_RUN_DIVERGED;
    }
    it->phase = RECORDED;
  }
  if (it->phase == RECORDED) {
    if (it->stop) settle(it);
    if (it->stop && (status = sd_plan_run(it->stop)) != SD_OK) return end_of(it, it->stop, status);
    if (it->stop && sd_mat_get(sd_plan_output(it->stop, 0), 0, 0) != 0) return SD_RUN_STOPPED;
    it->phase = CHECKED;
  }
  return SD_RUN_PAUSED;
}

static int advance(sd_iterate *it) {
  int status = sd_interrupted() ? SD_EINTR : sd_plan_run(it->step);
  if (status != SD_OK) return end_of(it, it->step, status);
  for (const copy *k = it->copies; k < it->copies + it->ncopies; k++) sd_value_copy(k->from, k->to);
  swap(it);
  it->t++;
  it->phase = FRESH;
  return SD_RUN_PAUSED;
}

int sd_iterate_run(sd_iterate *it, int64_t upto) {
  int end = SD_RUN_PAUSED;
  if (it->ended != SD_RUN_PAUSED) return it->ended;
  it->status = SD_OK;
  it->why = "";
  while ((end = look(it)) == SD_RUN_PAUSED && it->t < upto && it->t < it->n)
    if ((end = advance(it)) != SD_RUN_PAUSED) break;
  settle(it);
  if (end == SD_RUN_PAUSED && it->t == it->n) end = SD_RUN_DONE;
  int final = end == SD_RUN_DONE || end == SD_RUN_STOPPED || end == SD_RUN_DIVERGED;
  if (final && !is_finite(it)) end = SD_RUN_DIVERGED;
  if (final) it->ended = end;
  return end;
}

int64_t sd_iterate_t(const sd_iterate *it) { return it->t; }
int64_t sd_iterate_recorded(const sd_iterate *it) { return it->recorded; }
int sd_iterate_status(const sd_iterate *it) { return it->status; }
int sd_iterate_in_step(const sd_iterate *it) { return it->in_step; }
const char *sd_iterate_why(const sd_iterate *it) { return it->why; }
