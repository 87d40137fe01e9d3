/* Chains for the steps of element-wise functions: which values are operands, which are results and
 * which only live in a slot, and which of these can share one. */
#include "planning.h"
#include "saddle/memory.h"
#include "saddle/status.h"
#include <string.h>

/* Room for making chains, by node; of operands also by node + size, for those that are turned. */
typedef struct work {
  sd_plan *p;
  int *place; /* of the value in the present chain ... */
  int *chain; /* ... if this is its number */
  int *last;  /* the last member of the chain that reads the value ... */
  int *reads; /* ... and how often it is read there */
  int *term;  /* of a sum, a product in it that is no link of its own; of such a one, itself */
  int *spare; /* slots that are free, first of f64 from the front, then of f32 from the back */
  int nspare[2], size;
  sd_place *places;
  sd_link *links;
  sd_ref *refs;
  int ncells;
} work;

static void add_place(work *w, sd_chain *c, int number, sd_ref r, int turned) {
  int at = c->nin + c->nout + c->nslots;
  c->places[at] = (sd_place){.m = {.dtype = sd_plan_node(w->p, r)->type.dtype}, .turned = turned};
  w->refs[at] = r;
  w->place[r + turned * w->size] = at;
  w->chain[r + turned * w->size] = number;
}

/* A constant as an operand: its value in the chain's dtype. */
static void add_cell(work *w, sd_ref r) {
  sd_plan *p = w->p;
  const sd_node *n = sd_plan_node(p, r);
  if (p->values[r].cell) return;
  sd_mat cell = sd_mat_over(1, 1, n->type.dtype, &p->cells[w->ncells]);
  sd_mat_fill(&cell, n->attr.p[0]);
  p->values[r].cell = ++w->ncells;
}

static int is_product(const sd_node *n) {
  return n->op == &sd_zip_ops[SD_ZIP_MUL] || n->op == &sd_op_matmul;
}

/* Products that only one sum reads are computed with it. What they read lives as long. */
static void find_terms(work *w, const sd_step *s) {
  const sd_plan *p = w->p;
  for (int m = 0; m < s->nmembers; m++) w->term[s->members[m]] = 0;
  for (int m = 0; m < s->nmembers; m++) {
    sd_ref r = s->members[m];
    const sd_node *n = sd_plan_node(p, r);
    if (n->op != &sd_zip_ops[SD_ZIP_ADD] && n->op != &sd_zip_ops[SD_ZIP_SUB]) continue;
    for (int k = 1; k >= 0; k--) {
      sd_ref a = p->values[r].args[k];
      if (!sd_is_inside(p, s, a) || p->values[a].stored || w->reads[a] > 1) continue;
      if (!is_product(sd_plan_node(p, a))) continue;
      w->term[r] = w->term[a] = a;
      for (int i = 0; i < 2; i++) {
        sd_ref b = p->values[a].args[i];
        if (p->values[w->last[b]].kind != SD_FOLD && w->last[b] < r)
          w->last[b] = r; /* folds: later */
      }
    }
  }
}

static void add_operands(work *w, sd_chain *c, const sd_step *s, int number) {
  sd_plan *p = w->p;
  for (int m = 0; m < s->nmembers; m++) {
    sd_ref r = s->members[m];
    for (int k = 0; k < sd_plan_node(p, r)->nargs; k++) {
      sd_ref a = p->values[r].args[k];
      int turned = sd_is_turned(p, r, k);
      w->reads[a]++;
      w->last[a] = r;
      if (sd_is_inside(p, s, a) || w->chain[a + turned * w->size] == number) continue;
      if (p->values[a].kind == SD_ABSENT) add_cell(w, a);
      add_place(w, c, number, a, turned);
      c->nin++;
    }
  }
}

static void add_results(work *w, sd_chain *c, const sd_step *s, int number) {
  for (int m = 0; m < s->nmembers; m++) {
    sd_ref r = s->members[m];
    const sd_value *v = &w->p->values[r];
    if (!v->stored) continue;
    add_place(w, c, number, r, 0);
    c->places[c->nin + c->nout++].roomy = !v->over && !v->swaps; /* as arena.c has it */
  }
}

static int *spare(work *w, int dtype) {
  return dtype == SD_F32 ? &w->spare[w->size - w->nspare[SD_F32]] : &w->spare[w->nspare[SD_F64]];
}

/* A slot for member r: one that is free, or a new one. */
static void add_slot(work *w, sd_chain *c, sd_ref r, int number) {
  int dtype = sd_plan_node(w->p, r)->type.dtype;
  if (w->nspare[dtype] == 0) {
    add_place(w, c, number, r, 0);
    c->nslots++;
    return;
  }
  w->nspare[dtype]--;
  w->place[r] = *spare(w, dtype);
  w->chain[r] = number;
}

/* Slots that member r has read for the last time, by itself or in its term, can be written by r. */
static void free_slots(work *w, const sd_chain *c, const sd_step *s, sd_ref r, sd_ref reader) {
  const sd_value *v = &w->p->values[reader];
  for (int k = 0; k < sd_plan_node(w->p, reader)->nargs; k++) {
    sd_ref a = v->args[k];
    int dtype = sd_plan_node(w->p, a)->type.dtype;
    if (w->term[a] == a) {
      free_slots(w, c, s, r, a);
      continue;
    }
    if (!sd_is_inside(w->p, s, a) || w->place[a] < c->nin + c->nout || w->last[a] != r) continue;
    *spare(w, dtype) = w->place[a];
    w->nspare[dtype]++;
    w->last[a] = 0; /* once, though it may be read twice */
  }
}

static int place_of(const work *w, sd_ref r, int k) {
  return w->place[w->p->values[r].args[k] + sd_is_turned(w->p, r, k) * w->size];
}

/* The sum r and its terms as one link. */
static void add_sum(work *w, sd_link *l, sd_ref r) {
  const sd_node *n = sd_plan_node(w->p, r);
  const sd_ref *args = w->p->values[r].args;
  int k = args[0] != w->term[r];
  l->kind = SD_LINK_SUM;
  l->fn = n->op == &sd_zip_ops[SD_ZIP_ADD] ? SD_SUM_ADD : k ? SD_SUM_FROM : SD_SUM_SUB;
  for (int i = 0; i < 2; i++) l->in[i] = place_of(w, args[k], i);
  sd_ref other = args[1 - k];
  l->in[2] = place_of(w, r, 1 - k);
  if (w->term[other] != other) return;
  l->kind = SD_LINK_PRODUCTS;
  for (int i = 0; i < 2; i++) l->in[2 + i] = place_of(w, other, i);
}

static void add_link(work *w, sd_chain *c, sd_ref r) {
  const sd_node *n = sd_plan_node(w->p, r);
  const sd_value *v = &w->p->values[r];
  sd_link *l = &c->links[c->nlinks++];
  *l = (sd_link){.kind = v->kind == SD_FOLD                           ? SD_LINK_REDUCE
                         : sd_is_map(n->op)                           ? SD_LINK_MAP
                         : sd_is_zip(n->op) || n->op == &sd_op_matmul ? SD_LINK_ZIP
                         : n->op == &sd_op_where                      ? SD_LINK_WHERE
                                                                      : SD_LINK_COPY,
                 .fn = n->op == &sd_op_matmul ? SD_ZIP_MUL : n->op->code,
                 .p = n->attr.p,
                 .out = w->place[r]};
  for (int k = 0; k < n->nargs; k++) l->in[k] = place_of(w, r, k);
  if (w->term[r]) add_sum(w, l, r);
  if (v->kind != SD_FOLD) return;
  l->fn = sd_reduction(w->p->g, n, &c->dim);
  c->nfolds++;
}

/* 1 when r, or a term of it, reads x. */
static int reads(const work *w, sd_ref r, sd_ref x) {
  for (int k = 0; k < sd_plan_node(w->p, r)->nargs; k++) {
    sd_ref a = w->p->values[r].args[k];
    if (a == x || (w->term[a] == a && reads(w, a, x))) return 1;
  }
  return 0;
}

/* 1 when a member after m, or the term of one, reads the value in whose place that member's result
 * goes: the result waits in a slot for the end of the block. */
static int must_wait(const work *w, const sd_step *s, int m) {
  sd_ref x = w->p->values[s->members[m]].over;
  for (int i = m + 1; x && i < s->nmembers; i++)
    if (reads(w, s->members[i], x)) return 1;
  return 0;
}

/* Links that bring the results that had to wait to their places. */
static void add_copies(work *w, sd_chain *c, const sd_step *s) {
  int result = c->nin;
  for (int m = 0; m < s->nmembers; m++) {
    sd_ref r = s->members[m];
    if (!w->p->values[r].stored) continue;
    if (w->place[r] != result)
      c->links[c->nlinks++] = (sd_link){.kind = SD_LINK_COPY, .in = {w->place[r]}, .out = result};
    result++;
  }
}

static void make_chain(work *w, sd_chain *c, const sd_step *s, int number) {
  const sd_type *t = &sd_plan_node(w->p, s->members[0])->type;
  *c = (sd_chain){.rows = t->rows, .cols = t->cols, .places = w->places, .links = w->links};
  add_operands(w, c, s, number);
  find_terms(w, s);
  add_results(w, c, s, number);
  w->nspare[SD_F64] = w->nspare[SD_F32] = 0;
  for (int m = 0; m < s->nmembers; m++) {
    sd_ref r = s->members[m];
    if (w->term[r] == r) continue;
    free_slots(w, c, s, r, r);
    int waits = must_wait(w, s, m);
    if (waits || !w->p->values[r].stored) add_slot(w, c, r, number);
    if (waits) w->last[r] = 0; /* the slot is nobody else's */
    add_link(w, c, r);
  }
  add_copies(w, c, s);
  w->places += c->nin + c->nout + c->nslots;
  w->refs += c->nin + c->nout + c->nslots;
  w->links += c->nlinks;
}

static int is_chain(const sd_plan *p, const sd_step *s) {
  return p->values[s->members[0]].kind == SD_ELEMENT;
}

/* Bounds: a place for every argument and every link. */
static int make_room(sd_plan *p) {
  size_t chains = 1, links = 1, places = 1, cells = 1;
  for (int i = 0; i < p->nsteps; i++) {
    if (!is_chain(p, &p->steps[i])) continue;
    chains++;
    for (int m = 0; m < p->steps[i].nmembers; m++) {
      links += p->values[p->steps[i].members[m]].over ? 2 : 1;
      places += (size_t)sd_plan_node(p, p->steps[i].members[m])->nargs + 2;
    }
  }
  for (sd_ref r = 1; r <= sd_graph_size(p->g); r++) cells += sd_plan_node(p, r)->op == &sd_op_full;
  p->chains = sd_alloc(chains, sizeof *p->chains);
  p->links = sd_alloc(links, sizeof *p->links);
  p->nplaces = (int)places;
  p->places = sd_alloc(places, sizeof *p->places);
  p->refs = sd_alloc(places, sizeof *p->refs);
  p->cells = sd_alloc(cells, sizeof *p->cells);
  return p->chains && p->links && p->places && p->refs && p->cells ? SD_OK : SD_ENOMEM;
}

int sd_plan_chain(sd_plan *p) {
  size_t n = (size_t)sd_graph_size(p->g) + 2, most = 0;
  work w = {.p = p, .size = (int)n - 1};
  if (make_room(p) != SD_OK) return SD_ENOMEM;
  int *room = sd_alloc(8 * n, sizeof *room);
  if (room == NULL) return SD_ENOMEM;
  memset(room, 0xff, 6 * n * sizeof *room);
  memset(room + 6 * n, 0, 2 * n * sizeof *room);
  w.place = room;
  w.chain = room + 2 * n;
  w.last = room + 4 * n;
  w.spare = room + 5 * n;
  w.reads = room + 6 * n;
  w.term = room + 7 * n;
  w.places = p->places, w.links = p->links, w.refs = p->refs;
  sd_chain *c = p->chains;
  for (int i = 0; i < p->nsteps; i++) {
    sd_step *s = &p->steps[i];
    if (!is_chain(p, s)) continue;
    s->chain = c++;
    s->refs = w.refs;
    make_chain(&w, s->chain, s, i);
    if (sd_chain_scratch(s->chain) > most) most = sd_chain_scratch(s->chain);
  }
  sd_free(room);
  if (most > PTRDIFF_MAX / 2 - p->arena) return SD_ETOOBIG;
  p->arena += most;
  return SD_OK;
}
