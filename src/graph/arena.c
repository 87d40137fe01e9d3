/* Memory of values: which need it, from which step to which, and where in the arena.
 *
 * Steps are gone through in order. Each value takes the smallest gap that it fits; what a step
 * reads for the last time is a gap after it, or passes to a result of the step: where that can be
 * written over it, as element-wise functions can. Else what a step makes lies over nothing that it
 * reads. */
#include "planning.h"
#include "saddle/memory.h"
#include "saddle/status.h"
#include <string.h>

/* ---- lifetimes --------------------------------------------------------------------------------*/

static void keep_until(sd_plan *p, sd_ref a, int step) {
  sd_value *root = &p->values[p->values[a].root];
  int crosses = step >= p->nconstant && root->step >= 0 && root->step < p->nconstant;
  root->stored = root->kind != SD_LEAF && root->kind != SD_MOVES;
  if (root->last_use < step) root->last_use = step;
  if (crosses) root->last_use = SD_KEPT;
}

static void note_step(sd_plan *p, int i) {
  const sd_step *s = &p->steps[i];
  for (int m = 0; m < s->nmembers; m++) {
    sd_ref r = s->members[m];
    const sd_node *n = sd_plan_node(p, r);
    for (int j = 0; p->values[r].kind != SD_ELEMENT && j < n->nouts; j++) keep_until(p, r + j, i);
    for (int k = 0; k < n->nargs; k++) {
      sd_ref a = p->values[r].args[k];
      int cell = sd_reads_cell(p, r, a) && p->values[a].kind == SD_ABSENT;
      if (!sd_is_inside(p, s, a) && !cell) keep_until(p, a, i);
    }
  }
}

void sd_plan_note_uses(sd_plan *p) {
  for (int i = 0; i < p->nsteps; i++) note_step(p, i);
  for (int j = 0; j < p->nout; j++) keep_until(p, p->outs[j], SD_KEPT);
}

/* ---- space ------------------------------------------------------------------------------------*/

typedef struct gap {
  size_t from, to;
} gap;

/* Free space below `end`, in order. */
typedef struct space {
  gap *gaps;
  int n;
  size_t end;
} space;

static void remove_gap(space *s, int i) {
  s->n--;
  memmove(&s->gaps[i], &s->gaps[i + 1], (size_t)(s->n - i) * sizeof *s->gaps);
}

/* *at <- the start of the smallest gap that fits, or of a part of it that lies behind the end. */
static int reserve(space *s, size_t bytes, size_t *at) {
  int best = -1, last = s->n - 1;
  for (int i = 0; i < s->n; i++) {
    size_t size = s->gaps[i].to - s->gaps[i].from;
    if (size >= bytes && (best < 0 || size < s->gaps[best].to - s->gaps[best].from)) best = i;
  }
  if (best >= 0) {
    *at = s->gaps[best].from;
    s->gaps[best].from += bytes;
    if (s->gaps[best].from == s->gaps[best].to) remove_gap(s, best);
    return SD_OK;
  }
  *at = s->end;
  if (last >= 0 && s->gaps[last].to == s->end) { /* the last gap is too small: it grows */
    *at = s->gaps[last].from;
    remove_gap(s, last);
  }
  if (bytes > PTRDIFF_MAX / 2 - *at) return SD_ETOOBIG;
  s->end = *at + bytes;
  return SD_OK;
}

static void release(space *s, size_t from, size_t bytes) {
  int lo = 0, hi = s->n;
  if (bytes == 0) return;
  while (lo < hi) { /* the first gap behind */
    int mid = (lo + hi) / 2;
    if (s->gaps[mid].from < from)
      lo = mid + 1;
    else
      hi = mid;
  }
  memmove(&s->gaps[lo + 1], &s->gaps[lo], (size_t)(s->n - lo) * sizeof *s->gaps);
  s->gaps[lo] = (gap){from, from + bytes};
  s->n++;
  if (lo + 1 < s->n && s->gaps[lo].to == s->gaps[lo + 1].from) {
    s->gaps[lo].to = s->gaps[lo + 1].to;
    remove_gap(s, lo + 1);
  }
  if (lo > 0 && s->gaps[lo - 1].to == s->gaps[lo].from) {
    s->gaps[lo - 1].to = s->gaps[lo].to;
    remove_gap(s, lo);
  }
}

/* ---- places -----------------------------------------------------------------------------------*/

/* 1 when a member of r's step that comes after r reads x. */
static int is_read_after(const sd_plan *p, sd_ref r, sd_ref x) {
  const sd_step *s = &p->steps[p->values[r].step];
  for (int m = 0; m < s->nmembers; m++)
    for (int k = 0; s->members[m] > r && k < sd_plan_node(p, s->members[m])->nargs; k++)
      if (p->values[s->members[m]].args[k] == x) return 1;
  return 0;
}

/* 1 when r can be made in the memory of x, which dies in r's step. What may turn out to be a view
 * has no memory of its own. */
static int can_inherit(const sd_plan *p, sd_ref r, sd_ref x) {
  const sd_type *to = &sd_plan_node(p, r)->type, *of = &sd_plan_node(p, x)->type;
  int fits = to->rows == of->rows && to->cols == of->cols && to->dtype == of->dtype;
  int older = p->values[x].kind != SD_MAYBE && p->values[x].step != p->values[r].step;
  return fits && older && sd_plan_fits_over(p, r, x) && !is_read_after(p, r, x);
}

static int may_inherit(const sd_plan *p, sd_ref r) {
  int kind = p->values[r].kind;
  return (kind == SD_ELEMENT || kind == SD_STEP) && !(p->flags & SD_PLAN_NO_REUSE);
}

/* A value that dies in r's step and in whose memory r can be made; or 0. */
static sd_ref legacy_of(const sd_plan *p, sd_ref r) {
  const sd_value *v = &p->values[r];
  if (!may_inherit(p, r) || v->swaps) return 0;
  for (sd_ref x = p->steps[v->step].released; x; x = p->values[x].next)
    if (can_inherit(p, r, x)) return x;
  return 0;
}

/* The memory of x, which its last reader would release, is r's. */
static void inherit(sd_plan *p, sd_ref r, sd_ref x) {
  sd_ref *at = &p->steps[p->values[r].step].released;
  while (*at != x) at = &p->values[*at].next;
  *at = p->values[x].next;
  p->values[r].over = x;
  p->values[r].offset = p->values[x].offset;
}

static int take(sd_plan *p, space *s, sd_ref r) {
  sd_value *v = &p->values[r];
  const sd_type *t = &sd_plan_node(p, r)->type;
  int status = SD_OK;
  if (!v->stored || v->over) return SD_OK;
  status = sd_mem_size(t->rows, t->cols, sd_type_size(t), &v->bytes);
  v->bytes = sd_align_up(v->bytes);
  if (status == SD_OK && v->bytes > PTRDIFF_MAX / 2 - p->without_reuse) status = SD_ETOOBIG;
  sd_ref x = status == SD_OK ? legacy_of(p, r) : 0;
  if (x)
    inherit(p, r, x);
  else if (status == SD_OK)
    status = reserve(s, v->bytes, &v->offset);
  if (status != SD_OK) return status;
  p->without_reuse += v->bytes;
  if (v->last_use != SD_KEPT) {
    v->next = p->steps[v->last_use].released;
    p->steps[v->last_use].released = r;
  }
  return SD_OK;
}

/* A value that has memory of its own until r, which swaps, is made in its place is made in r's
 * memory: between two swaps that holds nothing until r. */
static void bequeath(sd_plan *p, sd_ref r) {
  sd_value *v = &p->values[r];
  for (int k = 0; may_inherit(p, r) && !v->over && k < sd_plan_node(p, r)->nargs; k++) {
    sd_ref x = p->values[r].args[k];
    sd_value *of = &p->values[x];
    int lives = of->stored && (of->kind == SD_ELEMENT || of->kind == SD_STEP) && !of->over &&
                !of->swaps && of->last_use == v->step;
    if (!lives || !can_inherit(p, r, x)) continue;
    v->over = x;
    of->swaps = v->swaps;
    of->offset = v->offset;
    of->bytes = v->bytes;
    p->without_reuse += v->bytes;
  }
}

/* Memory that swaps with an input's holds nothing else after the step: it comes before the rest. */
static int take_swapping(sd_plan *p, space *s) {
  int status = SD_OK;
  for (int j = 0; j < p->nout && status == SD_OK; j++) {
    if (!p->values[p->outs[j]].swaps) continue;
    status = take(p, s, p->outs[j]);
    if (status == SD_OK) bequeath(p, p->outs[j]);
  }
  return status;
}

static int take_all(sd_plan *p, space *s, const sd_step *made) {
  int status = SD_OK;
  for (int m = 0; m < made->nmembers && status == SD_OK; m++) {
    sd_ref r = made->members[m];
    for (int j = 0; j < sd_plan_node(p, r)->nouts && status == SD_OK; j++)
      if (!p->values[r + j].swaps) status = take(p, s, r + j);
  }
  return status;
}

int sd_plan_place(sd_plan *p) {
  space s = {sd_alloc((size_t)sd_graph_size(p->g) + 2, sizeof(gap)), 0, 0};
  int status = s.gaps ? take_swapping(p, &s) : SD_ENOMEM;
  for (int i = 0; i < p->nsteps && status == SD_OK; i++) {
    status = take_all(p, &s, &p->steps[i]);
    if (status != SD_OK || p->flags & SD_PLAN_NO_REUSE) continue;
    for (sd_ref r = p->steps[i].released; r; r = p->values[r].next)
      release(&s, p->values[r].offset, p->values[r].bytes);
  }
  p->scratch = p->arena = s.end;
  sd_free(s.gaps);
  return status;
}
