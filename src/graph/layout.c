/* Values of few rows and many columns, turned.
 *
 * In memory, the columns of a 5x1000 matrix are lines of 5 elements: broadcasting, sums of columns,
 * outer products and products with vectors run along them, and are slow. Its transpose has lines of
 * 1000. So where a plan runs many times, its graph is written anew here, with flat matrices turned:
 * f(A, B)' is applied to A' and B', with rows and columns exchanged in the attributes. Lines are
 * turned for nothing (their transposes are views), numbers are their own transposes, products take
 * transposes as flags: (AB)' = B'A'. Ops that are not known here read and give ordinary matrices;
 * between these and turned ones a transpose is made.
 *
 * What pays. Matrices that one application joins element by element or line by line are turned
 * together or not at all: a family. Of a family are counted, in elements, the passes along short
 * columns (SHORT_PASS; COLUMNS of them for a function of each column, whose cost is that of a call
 * for each) and the transposes that it would need. A pass is worth a fourth of a transpose or more
 * (measured: 0.3 to 1 ns an element against 1.2 to 1.7). A family is turned when its passes
 * outweigh its transposes; in doubt it is not. What depends on captures alone is computed as it was
 * written and turned after, once, which counts for nothing. */
#include "planning.h"
#include "saddle/memory.h"
#include "saddle/status.h"
#include <string.h>

enum { ROWS = 16, COLS = 32, RATIO = 4 }; /* flat: at most ROWS, at least COLS and RATIO * rows */
enum { SHORT_PASS = 1, COLUMNS = 4, TRANSPOSE = 4 }; /* weights of an element */

/* How an application is turned, from the arguments' transposes to the result's: not at all; with
 * the same attributes; with another dim in k[0]; with k[0] and k[1] exchanged; as a block; by rows
 * for columns, but the indices as they are; by its namesake; as a product; by leaving it out. */
enum { FIXED, SAME, DIM, SHAPE, PUT, BLOCK, INDEXED, CAT, PRODUCT, TURN };

typedef struct work {
  sd_plan *p;
  const sd_graph *g;
  const sd_layout *layout;
  sd_graph *to;
  int size;
  sd_ref *family;       /* union-find of what can be turned; 0: cannot */
  double *gain;         /* of a family's root: what turning it saves, less what it costs */
  sd_ref *made;         /* the value in `to` ... */
  char *turned, *plain; /* ... as its transpose; plain: read as an ordinary matrix */
} work;

static const sd_node *at(const work *w, sd_ref r) { return sd_node_at(w->g, r); }

/* ---- shapes -----------------------------------------------------------------------------------*/

static double elements(const sd_type *t) { return (double)t->rows * (double)t->cols; }
static int is_line(const sd_type *t) { return t->rows == 1 || t->cols == 1; }

static int is_flat(const work *w, const sd_type *t) {
  if (t->rows < 2 || t->cols <= t->rows) return 0;
  return w->p->flags & SD_PLAN_TURN ||
         (t->rows <= ROWS && t->cols >= COLS && t->cols >= RATIO * t->rows);
}

static sd_type turned_type(const sd_type *t) {
  return sd_is_one(t) ? *t : sd_type_matrix(t->cols, t->rows, t->dtype);
}

/* ---- ops --------------------------------------------------------------------------------------*/

static int is_reduction(const sd_op *op) {
  return op->code >= 0 && op->code < SD_REDUCE_COUNT && op == &sd_reduce_ops[op->code];
}

/* A position among all elements depends on how they lie; one of f32 may fail, and say shapes. */
static int way_of_reduction(const sd_node *n) {
  int position = n->op->code == SD_REDUCE_ARGMAX || n->op->code == SD_REDUCE_ARGMIN;
  return position && (n->attr.k[0] == 0 || n->type.dtype != SD_F64) ? FIXED : DIM;
}

/* The columns of a captured matrix are where they should be: few are read. */
static int way_of_index(const work *w, const sd_node *n) {
  if (n->attr.k[0] == 0) return FIXED;
  return n->op != &sd_op_gather || at(w, n->args[0])->varies ? INDEXED : FIXED;
}

static int way(const work *w, const sd_node *n) {
  const sd_op *op = n->op;
  if (!n->varies || n->nouts != 1) return FIXED;
  if (sd_is_map(op) || sd_is_zip(op) || op == &sd_op_where || op == &sd_op_to ||
      op == &sd_op_stop_gradient || op == &sd_op_dot)
    return SAME;
  if (is_reduction(op)) return way_of_reduction(n);
  if (op == &sd_op_softmax || op == &sd_op_normalize || op == &sd_op_centre) return DIM;
  if (op == &sd_op_pick) return n->attr.k[0] ? DIM : FIXED;
  if (op == &sd_op_put) return n->attr.k[0] ? PUT : FIXED;
  if (op == &sd_op_broadcast || op == &sd_op_sum_to) return SHAPE;
  if (op == &sd_op_slice || op == &sd_op_pad) return n->nargs == 1 ? BLOCK : FIXED;
  if (op == &sd_op_gather || op == &sd_op_scatter_add || op == &sd_op_add_spike)
    return way_of_index(w, n);
  if (op == &sd_op_hcat || op == &sd_op_vcat) return CAT;
  if (op == &sd_op_matmul) return PRODUCT;
  return op == &sd_op_transpose ? TURN : FIXED;
}

static void swap(int64_t *a, int64_t *b) {
  int64_t t = *a;
  *a = *b;
  *b = t;
}

/* The op and attributes that make the result's transpose of the arguments'. */
static const sd_op *turn(int how, const sd_op *op, sd_attr *attr) {
  int64_t *k = attr->k;
  if (how == SHAPE) swap(&k[0], &k[1]);
  if (how == BLOCK) swap(&k[0], &k[1]), swap(&k[2], &k[3]);
  if (how == PUT) swap(&k[1], &k[2]);
  if ((how == DIM || how == PUT || how == INDEXED) && k[0]) k[0] = 3 - k[0];
  if (how == INDEXED) k[3] = !k[3];
  if (how == CAT) return op == &sd_op_hcat ? &sd_op_vcat : &sd_op_hcat;
  return op;
}

/* 1 when the application is not turned with its argument k. */
static int is_index(int how, const sd_node *n, int k) {
  return how == INDEXED && k == n->nargs - 1;
}

/* ---- families ---------------------------------------------------------------------------------*/

static sd_ref find(const work *w, sd_ref r) {
  while (w->family[r] != r) r = w->family[r] = w->family[w->family[r]];
  return r;
}

static void unite(work *w, sd_ref a, sd_ref b) { w->family[find(w, a)] = find(w, b); }

/* 1 when the leaf's layout is open, or turned already. */
static int is_free_leaf(const work *w, const sd_node *n) {
  int64_t k = n->attr.k[0];
  return n->op == &sd_op_input && k < w->layout->nleaves &&
         (w->layout->leaf || w->layout->turned[k]);
}

/* A member that n is turned with: n itself or an argument; 0 when there is none. A matrix that
 * cannot be turned is made as it was written. */
static sd_ref member(const work *w, sd_ref r) {
  const sd_node *n = at(w, r);
  int how = way(w, n);
  if (w->family[r]) return r;
  if (how == FIXED || how == PRODUCT || how == TURN || !is_line(&n->type)) return 0;
  for (int k = 0; k < n->nargs; k++)
    if (w->family[n->args[k]] && !is_index(how, n, k)) return n->args[k];
  return 0;
}

static void make_families(work *w) {
  for (sd_ref r = 1; r <= w->size; r++) {
    const sd_node *n = at(w, r);
    int how = way(w, n);
    w->family[r] = is_flat(w, &n->type) && (how != FIXED || is_free_leaf(w, n)) ? r : 0;
    sd_ref of = member(w, r);
    for (int k = 0; of && how != PRODUCT && how != TURN && k < n->nargs; k++)
      if (w->family[n->args[k]] && !is_index(how, n, k)) unite(w, n->args[k], of);
  }
  for (int j = 0; w->layout->leaf && j < w->p->nout; j++) {
    sd_ref input = w->layout->leaf[j] + 1, out = w->p->outs[j];
    if (w->family[input] && w->family[out]) unite(w, input, out);
  }
}

/* ---- what pays --------------------------------------------------------------------------------*/

static void count(work *w, sd_ref r, double weight) {
  w->gain[find(w, r)] += weight * elements(&at(w, r)->type);
}

/* An ordinary matrix is wanted of r, if it is a member: once. */
static void count_plain(work *w, sd_ref r) {
  if (!w->family[r] || w->plain[r]) return;
  w->plain[r] = 1;
  count(w, r, -TRANSPOSE);
}

/* Of an argument that member `of` wants turned, and that is not. */
static void count_turned(work *w, sd_ref a, sd_ref of) {
  const sd_node *n = at(w, a);
  if (w->family[a] || !n->varies || is_line(&n->type)) return;
  w->gain[find(w, of)] -= TRANSPOSE * elements(&n->type);
}

static int is_sum_of_columns(const sd_node *n, int how) {
  if (how == SHAPE) return n->op == &sd_op_sum_to && n->type.rows == 1 && n->type.cols > 1;
  return how == DIM && n->attr.k[0] == 1;
}

/* The passes of r along short columns of the member `of`. */
static void count_passes(work *w, sd_ref r, sd_ref of, int how) {
  const sd_node *n = at(w, r);
  int laid = 0; /* an operand is laid over the result */
  for (int k = 0; k < n->nargs; k++) {
    const sd_type *t = &at(w, n->args[k])->type;
    laid |= is_line(t) && !sd_is_one(t);
  }
  if (is_sum_of_columns(n, how))
    count(w, of, COLUMNS);
  else if (laid && r == of && (how == SAME || how == SHAPE))
    count(w, of, SHORT_PASS);
}

/* A product of two vectors, or of a member and a vector. */
static void count_product(work *w, sd_ref r) {
  const sd_node *n = at(w, r);
  int outer = is_line(&at(w, n->args[0])->type) && is_line(&at(w, n->args[1])->type);
  if (w->family[r] && outer) count(w, r, SHORT_PASS);
  for (int k = 0; k < 2 && is_line(&n->type); k++)
    if (w->family[n->args[k]]) count(w, n->args[k], SHORT_PASS);
}

static void count_application(work *w, sd_ref r) {
  const sd_node *n = at(w, r);
  int how = way(w, n);
  sd_ref of = member(w, r);
  if (how == PRODUCT) {
    count_product(w, r);
  } else if (how == TURN) { /* saves a transpose */
    if (w->family[r]) count(w, r, TRANSPOSE);
    if (w->family[n->args[0]]) count(w, n->args[0], TRANSPOSE);
  } else if (of) {
    for (int k = 0; k < n->nargs; k++)
      if (is_index(how, n, k))
        count_plain(w, n->args[k]);
      else
        count_turned(w, n->args[k], of);
    count_passes(w, r, of, how);
  } else {
    for (int k = 0; k < n->nargs; k++) count_plain(w, n->args[k]);
  }
}

/* 1 when the family of member r is to be turned. */
static int pays(const work *w, sd_ref r) {
  return w->p->flags & SD_PLAN_TURN || w->gain[find(w, r)] > 0;
}

/* 1 when something is to be turned. */
static int weigh(work *w) {
  const sd_layout *l = w->layout;
  int any = 0;
  make_families(w);
  for (sd_ref r = 1; r <= w->size; r++) count_application(w, r);
  for (int k = 0; k < l->nleaves && l->leaf == NULL; k++)
    if (w->family[k + 1]) count(w, k + 1, TRANSPOSE); /* it is turned already */
  for (int j = 0; j < w->p->nout; j++) {
    sd_ref leaf = l->leaf ? l->leaf[j] + 1 : 0;
    if (leaf && w->family[leaf])
      count_turned(w, w->p->outs[j], leaf);
    else
      count_plain(w, w->p->outs[j]);
  }
  for (sd_ref r = 1; r <= w->size; r++) any |= w->family[r] && pays(w, r);
  for (int k = 0; k < l->nleaves; k++) {
    if (l->leaf) l->turned[k] = w->family[k + 1] && pays(w, k + 1);
    any |= l->turned[k];
  }
  return any;
}

/* ---- the graph, written anew ------------------------------------------------------------------*/

/* r in `to`, as its transpose or not. */
static sd_ref form(const work *w, sd_ref r, int turned) {
  sd_ref x = w->made[r];
  if (x < 0 || w->turned[r] == turned || sd_is_one(&at(w, r)->type)) return x;
  return sd_emit(w->to, &sd_op_transpose, NULL, 1, &x, 1);
}

static sd_ref make_product(const work *w, const sd_node *n, int turned) {
  sd_ref a = n->args[turned], b = n->args[!turned], args[2] = {w->made[a], w->made[b]};
  int64_t ta = n->attr.k[turned] ^ turned, tb = n->attr.k[!turned] ^ turned;
  sd_attr attr = {.k = {ta ^ w->turned[a], tb ^ w->turned[b]}};
  return sd_emit(w->to, n->op, &attr, 2, args, 1);
}

static sd_ref make_application(const work *w, const sd_node *n, int turned) {
  sd_ref few[SD_FEW], *args = few, result;
  int how = way(w, n);
  sd_attr attr = n->attr;
  const sd_op *op = turned ? turn(how, n->op, &attr) : n->op;
  if (n->nargs > SD_FEW && (args = sd_alloc((size_t)n->nargs, sizeof *args)) == NULL)
    return SD_ENOMEM;
  for (int k = 0; k < n->nargs; k++) args[k] = form(w, n->args[k], turned && !is_index(how, n, k));
  result = sd_emit(w->to, op, &attr, n->nargs, args, n->nouts);
  if (args != few) sd_free(args);
  return result;
}

static sd_ref make(work *w, sd_ref r, sd_origin *last) {
  const sd_node *n = at(w, r);
  int how = way(w, n), status = sd_graph_place_as(w->to, n, last);
  sd_ref of = member(w, r);
  int turned = of && pays(w, of);
  if (status != SD_OK) return status;
  if (n->op == &sd_op_input) { /* in order: the first nodes */
    int64_t k = n->attr.k[0];
    w->turned[r] = k < w->layout->nleaves && w->layout->turned[k];
    return sd_graph_input(w->to, w->turned[r] ? turned_type(&n->type) : n->type);
  }
  w->turned[r] = turned && !sd_is_one(&n->type);
  if (n->op == &sd_op_capture)
    return sd_graph_capture(w->to, sd_graph_capture_at(w->g, (int)n->attr.k[0]));
  if (n->op == &sd_op_part) return w->made[n->args[0]] + (sd_ref)n->attr.k[0];
  if (how == TURN) return form(w, n->args[0], !turned);
  if (how == PRODUCT) return make_product(w, n, turned);
  return make_application(w, n, turned);
}

static int rewrite(work *w) {
  sd_plan *p = w->p;
  sd_origin last = {NULL, NULL};
  int status = sd_graph_new(&w->to);
  for (sd_ref r = 1; r <= w->size && status == SD_OK; r++)
    if ((w->made[r] = make(w, r, &last)) < 0) status = w->made[r];
  for (int j = 0; j < p->nout && status == SD_OK; j++) {
    int turned = w->layout->leaf && w->layout->turned[w->layout->leaf[j]];
    sd_ref out = form(w, p->outs[j], turned);
    if (out < 0) status = out;
    p->outs[j] = out;
    if (turned) p->types[j] = turned_type(&p->types[j]);
  }
  return status;
}

int sd_plan_turn(sd_plan *p, const sd_layout *layout) {
  size_t n = (size_t)sd_graph_size(p->g) + 1;
  char *room = sd_alloc(n, sizeof(double) + 2 * sizeof(sd_ref) + 2);
  work w = {.p = p, .g = p->g, .layout = layout, .size = (int)n - 1};
  if (room == NULL) return SD_ENOMEM;
  memset(room, 0, n * (sizeof(double) + 2 * sizeof(sd_ref) + 2));
  w.gain = (double *)(void *)room;
  w.family = (sd_ref *)(void *)(w.gain + n);
  w.made = w.family + n;
  w.turned = (char *)(w.made + n);
  w.plain = w.turned + n;
  int status = SD_OK;
  if (weigh(&w)) {
    status = rewrite(&w);
    sd_graph *old = status == SD_OK ? p->g : w.to;
    if (status == SD_OK) p->g = w.to;
    sd_graph_free(old);
  }
  sd_free(room);
  return status;
}
