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
  int *last;  /* the last member of the chain that reads the value */
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

static void add_operands(work *w, sd_chain *c, const sd_step *s, int number) {
  sd_plan *p = w->p;
  for (int m = 0; m < s->nmembers; m++) {
    sd_ref r = s->members[m];
    for (int k = 0; k < sd_plan_node(p, r)->nargs; k++) {
      sd_ref a = p->values[r].args[k];
      int turned = sd_is_turned(p, r, k);
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
    if (!w->p->values[r].stored) continue;
    add_place(w, c, number, r, 0);
    c->nout++;
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

/* Slots that member r has read for the last time can be written by r itself. */
static void free_slots(work *w, const sd_chain *c, const sd_step *s, sd_ref r) {
  const sd_value *v = &w->p->values[r];
  for (int k = 0; k < sd_plan_node(w->p, r)->nargs; k++) {
    sd_ref a = v->args[k];
    int dtype = sd_plan_node(w->p, a)->type.dtype;
    if (!sd_is_inside(w->p, s, a) || w->place[a] < c->nin + c->nout || w->last[a] != r) continue;
    *spare(w, dtype) = w->place[a];
    w->nspare[dtype]++;
    w->last[a] = 0; /* once, though it may be read twice */
  }
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
  for (int k = 0; k < n->nargs; k++)
    l->in[k] = w->place[v->args[k] + sd_is_turned(w->p, r, k) * w->size];
  if (v->kind != SD_FOLD) return;
  l->fn = sd_reduction(w->p->g, n, &c->dim);
  c->nfolds++;
}

static void make_chain(work *w, sd_chain *c, const sd_step *s, int number) {
  const sd_type *t = &sd_plan_node(w->p, s->members[0])->type;
  *c = (sd_chain){.rows = t->rows, .cols = t->cols, .places = w->places, .links = w->links};
  add_operands(w, c, s, number);
  add_results(w, c, s, number);
  w->nspare[SD_F64] = w->nspare[SD_F32] = 0;
  for (int m = 0; m < s->nmembers; m++) {
    sd_ref r = s->members[m];
    free_slots(w, c, s, r);
    if (!w->p->values[r].stored) add_slot(w, c, r, number);
    add_link(w, c, r);
  }
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
      links++;
      places += (size_t)sd_plan_node(p, p->steps[i].members[m])->nargs + 1;
    }
  }
  for (sd_ref r = 1; r <= sd_graph_size(p->g); r++) cells += sd_plan_node(p, r)->op == &sd_op_full;
  p->chains = sd_alloc(chains, sizeof *p->chains);
  p->links = sd_alloc(links, sizeof *p->links);
  p->places = sd_alloc(places, sizeof *p->places);
  p->refs = sd_alloc(places, sizeof *p->refs);
  p->cells = sd_alloc(cells, sizeof *p->cells);
  return p->chains && p->links && p->places && p->refs && p->cells ? SD_OK : SD_ENOMEM;
}

int sd_plan_chain(sd_plan *p) {
  size_t n = (size_t)sd_graph_size(p->g) + 2, most = 0;
  work w = {.p = p, .size = (int)n - 1};
  if (make_room(p) != SD_OK) return SD_ENOMEM;
  int *room = sd_alloc(6 * n, sizeof *room);
  if (room == NULL) return SD_ENOMEM;
  memset(room, 0xff, 6 * n * sizeof *room);
  w.place = room;
  w.chain = room + 2 * n;
  w.last = room + 4 * n;
  w.spare = room + 5 * n;
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
