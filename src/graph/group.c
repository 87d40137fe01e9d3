/* Which values are views, which element-wise functions run as one step, and the order of steps.
 *
 * Groups. Every value has a level: that of an element-wise function is the largest of its
 * arguments' levels, plus one where the argument is not itself an element-wise function over the
 * same shape; that of anything else is one more than its arguments', but a reduction of an
 * element-wise function stays on that one's level. So a path that leaves a shape's element-wise
 * functions comes back at a higher level, and those connected on one level can run as one step,
 * with reductions at its end: whoever reads a reduction is on a higher level. A value that only
 * later ones need sinks to the level of its first reader of the same kind (the mask of a derivative
 * runs with the product that it masks).
 *
 * Order. As recorded, by the last member of each group; what depends on captures alone first.
 */
#include "planning.h"
#include "saddle/memory.h"
#include "saddle/status.h"
#include <string.h>

/* Room for planning, by node unless said otherwise. */
typedef struct work {
  sd_plan *p;
  int size;
  int *level, *bound, *fits; /* bound: the highest level that the readers allow; fits: in a group */
  sd_ref *parent;            /* union-find: the last member of a group is its name */
  int *waits, *edges; /* of groups: arguments still missing; where its readers' list starts */
  sd_ref *readers, *heap;
  int nheap;
} work;

/* ---- kinds ------------------------------------------------------------------------------------*/

/* 1 when r has the elements of its argument in its place. */
static int is_identity(const sd_plan *p, const sd_node *n) {
  int copies = n->op == &sd_op_stop_gradient || n->op == &sd_op_to || n->op == &sd_op_broadcast ||
               n->op == &sd_op_sum_to;
  if (!copies) return 0;
  const sd_type *a = &sd_plan_node(p, n->args[0])->type;
  return a->rows == n->type.rows && a->cols == n->type.cols && a->dtype == n->type.dtype;
}

/* 1 when an element-wise function may read n's argument in its place. */
static int is_seen_through(const sd_plan *p, const sd_node *n) {
  return n->op == &sd_op_broadcast && n->type.dtype == sd_plan_node(p, n->args[0])->type.dtype;
}

static int is_element(const sd_plan *p, const sd_node *n) {
  if (p->flags & SD_PLAN_UNFUSED) return 0;
  return sd_is_map(n->op) || sd_is_zip(n->op) || n->op == &sd_op_where || n->op == &sd_op_to ||
         n->op == &sd_op_broadcast || sd_is_outer(p, n);
}

/* 1 when n reduces an element-wise function, of a whole matrix or of columns. */
static int is_fold(const sd_plan *p, sd_ref r, const sd_node *n) {
  int dim, fn = sd_reduction(p->g, n, &dim);
  if (fn < 0 || dim == 2 || !sd_chain_reduces(fn)) return 0;
  const sd_type *a = &sd_plan_node(p, n->args[0])->type;
  return p->values[p->values[r].args[0]].kind == SD_ELEMENT && a->rows > 0 && a->cols > 0;
}

/* 1 when the op says that its result is a view of an argument with this header. */
static int allows_view(const sd_node *n, sd_mat of, sd_mat *result) {
  sd_call call = {n->op, &n->attr, 1, 1, &of, result};
  *result = sd_mat_over(n->type.rows, n->type.cols, n->type.dtype, of.x);
  return n->op->view(&call);
}

/* The leading dimension of what lies in the arena is known; that of what lies outside is not. */
static int view_kind(sd_plan *p, sd_ref r, const sd_node *n) {
  sd_ref a = p->values[r].args[0];
  sd_mat of = p->heads[a], wider = of;
  wider.ld = of.rows + 1;
  int packed = allows_view(n, of, &p->heads[r]), gaps = allows_view(n, wider, &wider);
  if (p->values[p->values[a].root].kind != SD_LEAF) return packed ? SD_VIEW : SD_STEP;
  return packed && gaps ? SD_VIEW : packed ? SD_MAYBE : SD_STEP;
}

static int kind_of(sd_plan *p, sd_ref r, const sd_node *n) {
  if (n->op == &sd_op_input || n->op == &sd_op_capture) return SD_LEAF;
  if (n->op == &sd_op_part) return SD_PART;
  if (is_identity(p, n)) return SD_ABSENT;
  if (is_element(p, n)) return SD_ELEMENT;
  if (is_fold(p, r, n)) return SD_FOLD;
  return n->op->view && n->nargs == 1 ? view_kind(p, r, n) : SD_STEP;
}

/* The value to read for node a: past identities, whose root is what they equal. */
static sd_ref same(const sd_plan *p, sd_ref a) {
  return p->values[a].kind == SD_ABSENT ? p->values[a].root : a;
}

/* args[] <- what the node reads. */
static void resolve_args(const sd_plan *p, const sd_node *n, sd_ref *args) {
  int through = is_element(p, n) && !sd_is_map(n->op);
  for (int k = 0; k < n->nargs; k++) {
    args[k] = same(p, n->args[k]);
    while (through && is_seen_through(p, sd_plan_node(p, args[k])))
      args[k] = p->values[args[k]].args[0];
  }
}

/* Kinds and arguments, then what nobody reads any more. heads serve as headers for op->view. */
static void classify(work *w) {
  sd_plan *p = w->p;
  sd_ref *args = p->args;
  int *live = w->fits;
  for (sd_ref r = 1; r <= w->size; r++) {
    const sd_node *n = sd_plan_node(p, r);
    sd_value *v = &p->values[r];
    *v = (sd_value){.args = args, .root = r, .step = -1, .last_use = -1};
    p->heads[r] = sd_mat_over(n->type.rows, n->type.cols, n->type.dtype, p);
    resolve_args(p, n, args);
    args += n->nargs;
    v->kind = kind_of(p, r, n);
    if (v->kind == SD_ABSENT) v->root = v->args[0];
    if (v->kind == SD_VIEW) v->root = p->values[v->args[0]].root;
  }
  memset(live, 0, ((size_t)w->size + 1) * sizeof *live);
  for (int j = 0; j < p->nout; j++) live[p->outs[j] = same(p, p->outs[j])] = 1;
  sd_plan_choose_moves(p);
  for (sd_ref r = w->size; r >= 1; r--) {
    if (!live[r] && p->values[r].kind >= SD_VIEW) p->values[r].kind = SD_ABSENT;
    for (int k = 0; live[r] && k < sd_plan_node(p, r)->nargs; k++)
      if (!sd_reads_cell(p, r, p->values[r].args[k])) live[p->values[r].args[k]] = 1;
  }
}

/* ---- groups -----------------------------------------------------------------------------------*/

/* 1 when a and r, which reads it, can run together: element-wise functions over one shape, both
 * constant or both not; or such a function and its reduction. */
static int alike(const sd_plan *p, sd_ref a, sd_ref r) {
  const sd_node *m = sd_plan_node(p, a), *n = sd_plan_node(p, r);
  if (p->values[a].kind != SD_ELEMENT || m->varies != n->varies) return 0;
  return p->values[r].kind == SD_FOLD ||
         (p->values[r].kind == SD_ELEMENT && m->type.rows == n->type.rows &&
          m->type.cols == n->type.cols);
}

static int counts(const sd_plan *p, sd_ref r) {
  return p->values[r].kind != SD_LEAF && p->values[r].kind != SD_ABSENT;
}

static void set_levels(work *w) {
  const sd_plan *p = w->p;
  for (sd_ref r = 1; r <= w->size; r++) {
    int kind = p->values[r].kind, level = 0;
    for (int k = 0; counts(p, r) && k < sd_plan_node(p, r)->nargs; k++) {
      sd_ref a = p->values[r].args[k];
      int up = counts(p, a) && kind != SD_PART && !alike(p, a, r);
      if (w->level[a] + up > level) level = w->level[a] + up;
    }
    w->level[r] = level;
    w->bound[r] = INT_MAX;
    w->fits[r] = 0;
  }
}

static void sink(work *w) {
  const sd_plan *p = w->p;
  for (sd_ref r = w->size; r >= 1; r--) {
    if (w->fits[r] && w->bound[r] > w->level[r]) w->level[r] = w->bound[r];
    for (int k = 0; counts(p, r) && k < sd_plan_node(p, r)->nargs; k++) {
      sd_ref a = p->values[r].args[k];
      int together = alike(p, a, r), most = w->level[r] - !together;
      if (most < w->bound[a])
        w->fits[a] = together;
      else if (most == w->bound[a])
        w->fits[a] |= together;
      if (most < w->bound[a]) w->bound[a] = most;
    }
  }
}

static sd_ref find(work *w, sd_ref r) {
  while (w->parent[r] != r) r = w->parent[r] = w->parent[w->parent[r]];
  return r;
}

static void join(work *w, sd_ref u, sd_ref v) {
  u = find(w, u), v = find(w, v);
  w->parent[u < v ? u : v] = u < v ? v : u;
}

/* Reductions join a group that has none yet, or has some along the same dim; others are steps. */
static void unite_folds(work *w) {
  int *dims = w->waits, dim;
  for (sd_ref r = 1; r <= w->size; r++) dims[r] = -1;
  for (sd_ref r = 1; r <= w->size; r++) {
    sd_value *v = &w->p->values[r];
    if (v->kind != SD_FOLD) continue;
    sd_reduction(w->p->g, sd_plan_node(w->p, r), &dim);
    int group = dims[find(w, v->args[0])];
    if (group < 0 || group == dim) {
      join(w, v->args[0], r);
      dims[find(w, r)] = dim;
    } else {
      v->kind = SD_STEP;
    }
  }
}

static void unite(work *w) {
  const sd_plan *p = w->p;
  for (sd_ref r = 1; r <= w->size; r++) w->parent[r] = r;
  for (sd_ref r = 1; r <= w->size; r++)
    for (int k = 0; p->values[r].kind == SD_ELEMENT && k < sd_plan_node(p, r)->nargs; k++) {
      sd_ref a = p->values[r].args[k];
      if (alike(p, a, r) && w->level[a] == w->level[r]) join(w, a, r);
    }
  unite_folds(w);
}

/* ---- order ------------------------------------------------------------------------------------*/

static int is_made(const sd_plan *p, sd_ref r) {
  int kind = p->values[r].kind;
  return kind == SD_ELEMENT || kind == SD_FOLD || kind == SD_STEP || kind == SD_MAYBE ||
         kind == SD_MOVES;
}

/* The group that makes the memory of value a; 0: none does. */
static sd_ref maker(work *w, sd_ref a) {
  const sd_plan *p = w->p;
  a = p->values[a].root;
  if (p->values[a].kind == SD_PART) a = p->values[a].args[0];
  return is_made(p, a) ? find(w, a) : 0;
}

/* Groups and those that read what they make: first counts, then lists. */
static void each_edge(work *w, int list) {
  const sd_plan *p = w->p;
  for (sd_ref r = 1; r <= w->size; r++)
    for (int k = 0; is_made(p, r) && k < sd_plan_node(p, r)->nargs; k++) {
      sd_ref from = maker(w, p->values[r].args[k]), to = find(w, r);
      if (from == 0 || from == to) continue;
      if (list) {
        w->readers[--w->edges[from]] = to;
      } else {
        w->edges[from]++;
        w->waits[to]++;
      }
    }
}

/* A heap of groups by (constant first, last member). */
static int before(const work *w, sd_ref a, sd_ref b) {
  int va = sd_plan_node(w->p, a)->varies, vb = sd_plan_node(w->p, b)->varies;
  return va != vb ? va < vb : a < b;
}

static void push(work *w, sd_ref r) {
  int i = w->nheap++;
  for (; i > 0 && before(w, r, w->heap[(i - 1) / 2]); i = (i - 1) / 2)
    w->heap[i] = w->heap[(i - 1) / 2];
  w->heap[i] = r;
}

static sd_ref pop(work *w) {
  sd_ref top = w->heap[0], r = w->heap[--w->nheap];
  int i = 0;
  for (int c; (c = 2 * i + 1) < w->nheap; i = c) {
    if (c + 1 < w->nheap && before(w, w->heap[c + 1], w->heap[c])) c++;
    if (!before(w, w->heap[c], r)) break;
    w->heap[i] = w->heap[c];
  }
  w->heap[i] = r;
  return top;
}

static void order(work *w) {
  sd_plan *p = w->p;
  int total = 0;
  memset(w->waits, 0, ((size_t)w->size + 2) * sizeof *w->waits);
  memset(w->edges, 0, ((size_t)w->size + 2) * sizeof *w->edges);
  each_edge(w, 0);
  for (sd_ref r = 1; r <= w->size + 1; r++) w->edges[r] = total += w->edges[r]; /* ends of lists */
  each_edge(w, 1);                                                              /* now the starts */
  for (sd_ref r = 1; r <= w->size; r++)
    if (is_made(p, r) && find(w, r) == r && w->waits[r] == 0) push(w, r);
  while (w->nheap > 0) {
    sd_ref r = pop(w);
    p->values[r].step = p->nsteps++;
    if (!sd_plan_node(p, r)->varies) p->nconstant++;
    for (int e = w->edges[r]; e < w->edges[r + 1]; e++)
      if (--w->waits[w->readers[e]] == 0) push(w, w->readers[e]);
  }
}

/* The members of each step, in the order of nodes, reductions after what they may reduce. */
static void list_members(work *w) {
  sd_plan *p = w->p;
  int at = 0;
  for (int i = 0; i < p->nsteps; i++) p->steps[i] = (sd_step){0};
  for (sd_ref r = 1; r <= w->size; r++) {
    sd_value *v = &p->values[r];
    if (v->kind == SD_PART) v->step = p->values[v->args[0]].step;
    if (!is_made(p, r)) continue;
    v->step = p->values[find(w, r)].step;
    p->steps[v->step].nmembers++;
  }
  for (int i = 0; i < p->nsteps; i++) {
    p->steps[i].members = p->members + at;
    at += p->steps[i].nmembers;
    p->steps[i].nmembers = 0;
  }
  for (int folds = 0; folds < 2; folds++)
    for (sd_ref r = 1; r <= w->size; r++)
      if (is_made(p, r) && (p->values[r].kind == SD_FOLD) == folds) {
        sd_step *s = &p->steps[p->values[r].step];
        p->members[s->members - p->members + s->nmembers++] = r;
      }
}

int sd_plan_group(sd_plan *p) {
  size_t n = (size_t)sd_graph_size(p->g) + 2, nargs = 0;
  for (sd_ref r = 1; r <= sd_graph_size(p->g); r++) nargs += (size_t)sd_plan_node(p, r)->nargs;
  int *room = sd_alloc(7 * n + nargs, sizeof *room);
  if (room == NULL) return SD_ENOMEM;
  work w = {.p = p, .size = (int)n - 2};
  int **arrays[] = {&w.level, &w.bound, &w.fits, &w.parent, &w.waits, &w.edges, &w.heap};
  for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++) *arrays[i] = room + i * n;
  w.readers = room + 7 * n;
  classify(&w);
  set_levels(&w);
  sink(&w);
  unite(&w);
  order(&w);
  list_members(&w);
  sd_free(room);
  return SD_OK;
}
