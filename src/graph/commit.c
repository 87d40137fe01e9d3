/* Outputs of a step that are written over the leaves they become, or change places with them.
 *
 * In x' = x - eta g(x) the new x needs no memory of its own, if whatever else reads the old one has
 * run before. Such a step of the plan commits: the state changes under it. So the steps that commit
 * come last, after everything that can fail or be interrupted, and what they make is read by no
 * other step. Among themselves, the readers of a leaf come before its writer; where that goes round
 * in a circle (x' = f(y), y' = h(x)), one of them does not commit.
 *
 * In x' = c x + s, where s is added by an op that runs over its argument, c x is made in the leaf,
 * too, if nobody else reads it: a value on the way.
 *
 * An output that does not commit has memory of its own. If it is large, this memory and the leaf's
 * change places after the step (swap.c); if it is small it is copied. */
#include "planning.h"
#include "saddle/memory.h"
#include "saddle/status.h"
#include <string.h>

enum { SMALL = 512 }; /* bytes that are copied faster than pointers are changed */

typedef struct work {
  sd_plan *p;
  int *read;    /* of steps: another one reads what it makes */
  int *placed;  /* of steps: their place among those that commit, from 1; 0: none yet */
  int *waiting; /* of leaves, by node: reads by steps that commit and have no place yet */
  sd_step *steps;
} work;

/* The step that makes the memory of value a, or -1. */
static int maker(const sd_plan *p, sd_ref a) {
  a = p->values[a].root;
  if (p->values[a].kind == SD_PART) a = p->values[a].args[0];
  return p->values[a].step;
}

/* The value in whose memory a lies, or may lie: what can turn out to be a view is taken for one,
 * and what moves is one. */
static sd_ref lies_in(const sd_plan *p, sd_ref a) {
  a = p->values[a].root;
  while (p->values[a].kind == SD_MAYBE || p->values[a].kind == SD_MOVES)
    a = p->values[p->values[a].args[0]].root;
  return a;
}

/* 1 when op->run may find the result in the place of argument k. */
static int may_lie_over(const sd_node *n, int k) { return n->op->over == k + 1; }

/* Once: reductions may compute their elements again. */
int sd_plan_fits_over(const sd_plan *p, sd_ref r, sd_ref x) {
  const sd_step *s = &p->steps[p->values[r].step];
  for (int m = 0; m < s->nmembers; m++) {
    if (p->values[s->members[m]].kind == SD_FOLD) return 0;
    for (int k = 0; k < sd_plan_node(p, s->members[m])->nargs; k++) {
      sd_ref a = p->values[s->members[m]].args[k];
      if (lies_in(p, a) != x) continue;
      if (a != x) return 0; /* a view: other elements */
      if (p->values[r].kind == SD_STEP && !may_lie_over(sd_plan_node(p, r), k)) return 0;
    }
  }
  return p->values[r].kind == SD_ELEMENT || sd_plan_node(p, r)->op->over;
}

/* 1 when an output lies in x: it is copied after the steps that commit. */
static int is_returned(const sd_plan *p, sd_ref x) {
  for (int j = 0; j < p->nout; j++)
    if (lies_in(p, p->outs[j]) == x) return 1;
  return 0;
}

/* How often value a, or a view of it, is read. */
static int times_read(const sd_plan *p, sd_ref a) {
  int n = 0;
  for (sd_ref r = 1; r <= sd_graph_size(p->g); r++)
    for (int k = 0; p->values[r].kind != SD_ABSENT && k < sd_plan_node(p, r)->nargs; k++)
      n += lies_in(p, p->values[r].args[k]) == a;
  return n;
}

/* 1 when a member of the step reads x. */
static int reads(const sd_plan *p, const sd_step *s, sd_ref x) {
  for (int m = 0; m < s->nmembers; m++)
    for (int k = 0; k < sd_plan_node(p, s->members[m])->nargs; k++)
      if (lies_in(p, p->values[s->members[m]].args[k]) == x) return 1;
  return 0;
}

/* The argument over which output r would run in a leaf, or 0. */
static sd_ref way_to(const sd_plan *p, sd_ref r) {
  int over = p->values[r].kind == SD_STEP ? sd_plan_node(p, r)->op->over : 0;
  return over ? p->values[r].args[over - 1] : 0;
}

/* The value on the way to r, which is written over x and reads it by that value alone. It reads x
 * itself, so that its step waits for all others that do, and r for it. */
static void choose_way(sd_plan *p, sd_ref r, sd_ref x) {
  sd_ref a = way_to(p, r);
  sd_value *v = &p->values[a];
  if (a == 0 || (v->kind != SD_ELEMENT && v->kind != SD_STEP) || v->over) return;
  if (v->step < p->nconstant || times_read(p, a) != 1 || is_returned(p, a)) return;
  if (sd_plan_node(p, a)->type.dtype != sd_plan_node(p, x)->type.dtype) return;
  if (reads(p, &p->steps[v->step], x) && sd_plan_fits_over(p, a, x)) v->over = x;
}

static void choose(sd_plan *p, const int *leaf) {
  for (int j = 0; j < p->nout; j++) {
    sd_ref r = p->outs[j], x = leaf[j] + 1;
    sd_value *v = &p->values[r];
    int made = x > 0 && (v->kind == SD_ELEMENT || v->kind == SD_STEP);
    if (made && !v->over && v->step >= p->nconstant && !is_returned(p, x) &&
        sd_plan_fits_over(p, r, x)) {
      v->over = x;
      choose_way(p, r, x);
    }
  }
}

static int commits(const sd_plan *p, int step) {
  const sd_step *s = &p->steps[step];
  for (int m = 0; m < s->nmembers; m++)
    if (p->values[s->members[m]].over) return 1;
  return 0;
}

/* 1 when a is on the way to r, both in one leaf. */
static int is_on_way(const sd_plan *p, sd_ref a, sd_ref r) {
  return a && way_to(p, r) == a && p->values[a].over && p->values[a].over == p->values[r].over;
}

/* Nothing of the step commits, nor of the step of a value on the way to it, which it would read. */
static void give_up(sd_plan *p, int step) {
  const sd_step *s = &p->steps[step];
  for (int m = 0; m < s->nmembers; m++) {
    sd_ref r = s->members[m], a = way_to(p, r);
    int on_way = is_on_way(p, a, r);
    p->values[r].over = 0;
    if (on_way) give_up(p, p->values[a].step);
  }
}

/* Steps whose results others read commit nothing: these others might fail. */
static void drop_read(work *w) {
  sd_plan *p = w->p;
  for (int i = 0; i < p->nsteps; i++)
    for (int m = 0; m < p->steps[i].nmembers; m++) {
      sd_ref r = p->steps[i].members[m];
      for (int k = 0; k < sd_plan_node(p, r)->nargs; k++) {
        sd_ref a = p->values[r].args[k];
        int from = maker(p, a);
        if (from >= 0 && from != i && !is_on_way(p, a, r)) w->read[from] = 1;
      }
    }
  for (int i = 0; i < p->nsteps; i++)
    if (w->read[i]) give_up(p, i);
}

/* The step's reads of leaves count as waiting (by = 1) or no more (by = -1). */
static void count_reads(work *w, int step, int by) {
  const sd_plan *p = w->p;
  const sd_step *s = &p->steps[step];
  for (int m = 0; m < s->nmembers; m++)
    for (int k = 0; k < sd_plan_node(p, s->members[m])->nargs; k++)
      w->waiting[lies_in(p, p->values[s->members[m]].args[k])] += by;
}

/* 1 when no step that waits reads what this one overwrites; its own reads do not count. */
static int is_ready(work *w, int step) {
  const sd_plan *p = w->p;
  const sd_step *s = &p->steps[step];
  int ready = 1;
  count_reads(w, step, -1);
  for (int m = 0; m < s->nmembers; m++) {
    sd_ref x = p->values[s->members[m]].over;
    if (x && w->waiting[x] > 0) ready = 0;
  }
  count_reads(w, step, 1);
  return ready;
}

/* Places for all that commit; those in circles give up. Returns how many have one. */
static int place_all(work *w) {
  sd_plan *p = w->p;
  int count = 0, stuck = 0;
  for (int i = 0; i < p->nsteps; i++)
    if (commits(p, i)) count_reads(w, i, 1);
  while (!stuck) {
    int first = -1, before = count;
    for (int i = 0; i < p->nsteps; i++) {
      if (w->placed[i] || !commits(p, i)) continue;
      if (is_ready(w, i)) {
        w->placed[i] = ++count;
        count_reads(w, i, -1);
      } else if (first < 0) {
        first = i;
      }
    }
    stuck = first < 0;
    if (count > before || stuck) continue;
    for (int i = 0; i < p->nsteps; i++)
      if (!w->placed[i] && commits(p, i)) count_reads(w, i, -1);
    give_up(p, first);
    for (int i = 0; i < p->nsteps; i++)
      if (!w->placed[i] && commits(p, i)) count_reads(w, i, 1);
  }
  return count;
}

/* Those that commit go to the end; the others keep their order. */
static void reorder(work *w) {
  sd_plan *p = w->p;
  int at = 0, last = p->nsteps - p->ncommits;
  memcpy(w->steps, p->steps, (size_t)p->nsteps * sizeof *w->steps);
  for (int i = 0; i < p->nsteps; i++)
    p->steps[w->placed[i] ? last + w->placed[i] - 1 : at++] = w->steps[i];
  at = 0;
  for (int i = 0; i < p->nsteps; i++) w->read[i] = w->placed[i] ? last + w->placed[i] - 1 : at++;
  for (sd_ref r = 1; r <= sd_graph_size(p->g); r++)
    if (p->values[r].step >= 0) p->values[r].step = w->read[p->values[r].step];
}

static int times_returned(const sd_plan *p, sd_ref r) {
  int n = 0;
  for (int j = 0; j < p->nout; j++) n += p->outs[j] == r;
  return n;
}

/* Outputs that are made in every run, apart from the inputs, each for one leaf. */
static void choose_swaps(sd_plan *p, const int *leaf) {
  for (int j = 0; j < p->nout; j++) {
    sd_value *v = &p->values[p->outs[j]];
    const sd_type *t = &sd_plan_node(p, p->outs[j])->type;
    int made =
        v->kind == SD_ELEMENT || v->kind == SD_FOLD || v->kind == SD_STEP || v->kind == SD_PART;
    int large = (double)t->rows * (double)t->cols * (double)sd_type_size(t) > SMALL;
    if (leaf[j] >= 0 && made && large && !v->over && v->step >= p->nconstant &&
        times_returned(p, p->outs[j]) == 1)
      v->swaps = leaf[j] + 1;
  }
}

int sd_plan_commit(sd_plan *p, const int *leaf) {
  size_t n = (size_t)p->nsteps + 1, size = (size_t)sd_graph_size(p->g) + 1;
  if (leaf == NULL || p->flags & SD_PLAN_COPY) return SD_OK;
  int *room = sd_alloc(2 * n + size, sizeof *room);
  work w = {p, room, room + n, room + 2 * n, sd_alloc(n, sizeof *w.steps)};
  int status = room && w.steps ? SD_OK : SD_ENOMEM;
  if (status == SD_OK) {
    memset(room, 0, (2 * n + size) * sizeof *room);
    choose(p, leaf);
    drop_read(&w);
    p->ncommits = place_all(&w);
    reorder(&w);
    choose_swaps(p, leaf);
  }
  sd_free(room);
  sd_free(w.steps);
  return status;
}
