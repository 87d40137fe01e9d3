/* Blocks: the Jacobian of a result whose columns are samples, a column at a time.
 *
 * Let y be m x n and column j of it depend on column j of what it is made of and on parameters that
 * all columns share. Column j of a cotangent then stays with sample j on its way back, as long as
 * it flows through arguments that are aligned (op.h); where it enters an argument u that is shared,
 * ordinary reverse mode would sum over the samples. Here the summands are kept:
 *
 *   C = op(A) B, A shared        bar op(A) of sample j is c_j b_j'
 *   C = f(u, X), u broadcast     bar u of sample j is column j of the cotangent of u laid out,
 *                                summed to u's shape
 *
 * These are carried on through what is made of parameters alone (u = 2 W', W1 W2, exp(W)) to the
 * leaves, by the rules in `below`. So one sweep gives the derivatives of all samples, without the
 * n sweeps of a Jacobian row by row; inner products of blocks need no block:
 * <a b', c d'> = <a, c> <b, d>, for all pairs of samples (A'C) % (B'D), an element-wise product of
 * Gram matrices. Reference: Novak, Sohl-Dickstein, Schoenholz, "Fast finite width neural tangent
 * kernel", ICML 2022, whose structured derivatives these are. */
#include "build.h"
#include "saddle/memory.h"
#include "saddle/status.h"
#include <string.h>

enum { NONE, BATCHED, SHARED };

typedef struct sweep {
  sd_graph *g;
  ptrdiff_t samples;
  int last;
  sd_ref *cot;  /* of batched nodes 1..last */
  int *head;    /* of shared ones: the newest of their terms, or -1 */
  char *active; /* which depend on wrt */
  char *role;
  char *is_wrt;
  int count, room;
  sd_term *term;
  int *next; /* the term before it of the same node */
} sweep;

static int refuse(sweep *s, const sd_node *n, const char *what) {
  sd_graph_place(s->g, n->source, n->line);
  return sd_graph_refuse(s->g, SD_EARG, "%s %s", n->op->name, what);
}

/* Adds the term (a, b) of the shared node r. Those without b are summed. */
static int add_term(sweep *s, sd_ref r, sd_ref a, sd_ref b) {
  if (a < 0 || b < 0) return a < 0 ? a : b;
  if (a == 0) return SD_OK;
  for (int i = s->head[r]; i >= 0 && b == 0; i = s->next[i]) {
    if (s->term[i].b) continue;
    s->term[i].a = g_add(s->g, s->term[i].a, a);
    return s->term[i].a < 0 ? s->term[i].a : SD_OK;
  }
  if (s->count == s->room) return refuse(s, sd_node_at(s->g, r), "is used too often");
  s->term[s->count] = (sd_term){0, a, b};
  s->next[s->count] = s->head[r];
  s->head[r] = s->count++;
  return SD_OK;
}

/* Gives an argument of n the role that n's column rule says. */
static int set_role(sweep *s, const sd_node *n, sd_ref arg, int role) {
  if (s->role[arg] != NONE && s->role[arg] != role) return refuse(s, n, "mixes the columns");
  if (role == BATCHED && s->is_wrt[arg])
    return refuse(s, n, "takes parameters a column at a time, as if they were samples");
  s->role[arg] = (char)role;
  return SD_OK;
}

static int is_element_wise(const sd_op *op) {
  return sd_is_map(op) || sd_is_zip(op) || op == &sd_op_where;
}

/* ---- from samples to what they share ----------------------------------------------------------*/

/* C = op(A) op(B): first is the number of A among the arguments. */
static int share_product(sweep *s, const sd_node *n, int first, sd_ref cot) {
  sd_graph *g = s->g;
  sd_ref a = n->args[first], b = n->args[first + 1];
  sd_ref columns = n->attr.k[1] ? g_t(g, b) : b;
  return n->attr.k[0] ? add_term(s, a, columns, cot) : add_term(s, a, cot, columns);
}

/* Argument k of an element-wise function, laid out over the result so that its cotangent keeps the
 * samples apart. */
static int share_broadcast(sweep *s, sd_ref r, int k, sd_ref cot) {
  sd_graph *g = s->g;
  const sd_node *n = sd_node_at(g, r);
  sd_ref args[3], u = n->args[k], bar[3] = {0, 0, 0}, full = cot;
  sd_type t = g_type(g, u), out = n->type;
  if (n->op != &sd_op_broadcast) {
    memcpy(args, n->args, (size_t)n->nargs * sizeof *args);
    out.dtype = t.dtype;
    sd_ref wide = g_broadcast(g, u, &out);
    if (wide < 0) return wide;
    args[k] = sd_graph_alias(g, wide);
    sd_ref copy = sd_emit(g, n->op, &n->attr, n->nargs, args, 1);
    if (copy < 0) return copy;
    int status = SD_OK;
    if (copy != args[k]) status = sd_node_at(g, copy)->op->reverse(g, copy, &cot, bar);
    if (status != SD_OK) return status;
    full = copy == args[k] ? cot : bar[k];
  }
  if (full != 0 && t.rows == 1) full = g_sum(g, 1, full);
  return add_term(s, u, full, 0);
}

static int share(sweep *s, sd_ref r, int k, sd_ref cot) {
  const sd_node *n = sd_node_at(s->g, r);
  if (n->op == &sd_op_matmul && k == 0) return share_product(s, n, 0, cot);
  if (n->op == &sd_op_matmul_add && k == 1) return share_product(s, n, 1, cot);
  if (is_element_wise(n->op) || n->op == &sd_op_broadcast) return share_broadcast(s, r, k, cot);
  return refuse(s, n, "has no rule for parameters that its columns share");
}

/* ---- from what is shared to the leaves --------------------------------------------------------*/

/* The term in the form of one matrix, whose column j is vec(a_j b_j'). */
static sd_ref formed(sd_graph *g, const sd_term *t) {
  return t->b ? g_op(g, &sd_op_khatri_rao, NULL, t->b, t->a, 0) : t->a;
}

/* vec(x), or x where it is one element, times each column of e. */
static sd_ref weigh(sd_graph *g, sd_ref x, sd_ref e) {
  sd_type t = g_type(g, x);
  if (!sd_is_one(&t) && t.cols != 1) x = g_reshape(g, x, t.rows * t.cols, 1);
  return g_mul(g, x, e);
}

static int below_transpose(sweep *s, const sd_node *n, const sd_term *t) {
  sd_type u = g_type(s->g, n->args[0]);
  if (t->b) return add_term(s, n->args[0], t->b, t->a);
  if (u.rows == 1 || u.cols == 1) return add_term(s, n->args[0], t->a, 0);
  return refuse(s, n, "turns parameters whose blocks are no outer products");
}

/* With out = op(A) op(B): bar op(A) = a (op(B) b)', bar op(B) = (op(A)' a) b'. */
static int below_product(sweep *s, const sd_node *n, const sd_term *t) {
  sd_graph *g = s->g;
  int trans[2] = {(int)n->attr.k[0], (int)n->attr.k[1]}, status = SD_OK;
  sd_ref left = t->a, right = t->b;
  if (right == 0) { /* a column is itself times 1, a row 1 times itself */
    sd_type one = sd_type_matrix(1, s->samples, n->type.dtype);
    if (n->type.cols != 1 && n->type.rows != 1)
      return refuse(s, n, "multiplies parameters whose blocks are no outer products");
    sd_ref ones = g_full(g, &one, 1);
    left = n->type.cols == 1 ? t->a : ones;
    right = n->type.cols == 1 ? ones : t->a;
  }
  for (int k = 0; k < 2 && status == SD_OK; k++) {
    sd_ref u = n->args[k], other = n->args[1 - k], x = left, y = right;
    if (!s->active[u]) continue;
    if (k == 0) y = g_matmul(g, trans[1], other, 0, right);
    if (k == 1) x = g_matmul(g, !trans[0], other, 0, left);
    status = trans[k] ? add_term(s, u, y, x) : add_term(s, u, x, y);
  }
  return status;
}

/* x = args[k] times or over the number y: an outer product stays one. */
static int below_scale(sweep *s, const sd_node *n, const sd_term *t, int k) {
  sd_graph *g = s->g;
  sd_ref x = n->args[k], y = n->args[1 - k], dots = 0;
  int over = n->op == &sd_zip_ops[SD_ZIP_DIV], status = SD_OK;
  if (s->active[x]) status = add_term(s, x, over ? g_div(g, t->a, y) : g_mul(g, t->a, y), t->b);
  if (status != SD_OK || !s->active[y]) return status;
  if (t->b) /* <a b', x> of each sample */
    dots = g_sum(g, 1, g_mul(g, t->a, g_matmul(g, 0, x, 0, t->b)));
  else
    dots = g_sum(g, 1, weigh(g, x, t->a));
  if (over) dots = g_neg(g, g_div(g, g_div(g, dots, y), y));
  return add_term(s, y, dots, 0);
}

static int below_sum(sweep *s, const sd_node *n, const sd_term *t) {
  int status = SD_OK, minus = n->op == &sd_zip_ops[SD_ZIP_SUB];
  for (int k = 0; k < 2 && status == SD_OK; k++)
    if (s->active[n->args[k]])
      status = add_term(s, n->args[k], k == 1 && minus ? g_neg(s->g, t->a) : t->a, t->b);
  return status;
}

/* Element by element: what reverse mode makes of ones is the slope, which weighs each block. */
static int below_element_wise(sweep *s, sd_ref r, const sd_term *t) {
  sd_graph *g = s->g;
  const sd_node *n = sd_node_at(g, r);
  sd_ref bar[3] = {0, 0, 0}, ones = sd_graph_alias(g, g_full(g, &n->type, 1));
  if (ones < 0) return ones;
  int status = n->op->reverse(g, r, &ones, bar);
  for (int k = 0; k < n->nargs && status == SD_OK; k++)
    if (s->active[n->args[k]] && bar[k] != 0)
      status = add_term(s, n->args[k], weigh(g, bar[k], formed(g, t)), 0);
  return status;
}

static int below_slice(sweep *s, const sd_node *n, const sd_term *t) {
  sd_type u = g_type(s->g, n->args[0]);
  if (n->nargs > 1 || u.cols != 1)
    return refuse(s, n, "takes a part of parameters that are not one column");
  sd_attr attr = {.k = {n->attr.k[0], 0, u.rows, s->samples}};
  return add_term(s, n->args[0], g_op(s->g, &sd_op_pad, &attr, formed(s->g, t), 0, 0), 0);
}

/* Elements of a column by number. */
static int below_gather(sweep *s, const sd_node *n, const sd_term *t) {
  sd_type u = g_type(s->g, n->args[0]);
  if (u.cols != 1 || n->attr.k[0] == 2)
    return refuse(s, n, "takes a part of parameters that are not one column");
  sd_attr attr = {.k = {1, n->attr.k[1], n->attr.k[2]}};
  sd_type all = sd_type_matrix(u.rows, s->samples, u.dtype);
  sd_ref e = formed(s->g, t);
  return add_term(s, n->args[0],
                  g_op(s->g, &sd_op_scatter_add, &attr, g_zeros(s->g, &all), e, n->args[1]), 0);
}

static int below_to(sweep *s, const sd_node *n, const sd_term *t) {
  sd_ref ab[2] = {t->a, t->b};
  for (int k = 0; k < 2 && ab[k] > 0; k++) {
    sd_type type = g_type(s->g, ab[k]);
    type.dtype = g_type(s->g, n->args[0]).dtype;
    ab[k] = g_to(s->g, ab[k], &type);
  }
  return add_term(s, n->args[0], ab[0], ab[1]);
}

/* Whether the arguments of an element-wise n that depend on parameters have its shape. */
static int is_plain(const sweep *s, const sd_node *n) {
  for (int k = 0; k < n->nargs; k++) {
    sd_type u = g_type(s->g, n->args[k]);
    if (s->active[n->args[k]] && (u.rows != n->type.rows || u.cols != n->type.cols)) return 0;
  }
  return 1;
}

/* A term of the shared node r goes on to its arguments. */
static int below(sweep *s, sd_ref r, const sd_term *t) {
  const sd_node *n = sd_node_at(s->g, r);
  const sd_op *zip = &sd_zip_ops[0];
  if (n->op == &sd_op_alias) return add_term(s, n->args[0], t->a, t->b);
  if (n->op == &sd_op_transpose) return below_transpose(s, n, t);
  if (n->op == &sd_op_matmul) return below_product(s, n, t);
  if (n->op == &sd_op_reshape) return add_term(s, n->args[0], formed(s->g, t), 0);
  if (n->op == &sd_op_slice) return below_slice(s, n, t);
  if (n->op == &sd_op_gather) return below_gather(s, n, t);
  if (n->op == &sd_op_to) return below_to(s, n, t);
  if (n->op == &sd_map_ops[SD_MAP_NEG]) return add_term(s, n->args[0], g_neg(s->g, t->a), t->b);
  if (n->op == zip + SD_ZIP_MUL || n->op == zip + SD_ZIP_DIV) {
    sd_type a = g_type(s->g, n->args[0]), b = g_type(s->g, n->args[1]);
    if (sd_is_one(&b)) return below_scale(s, n, t, 0);
    if (sd_is_one(&a) && n->op == zip + SD_ZIP_MUL) return below_scale(s, n, t, 1);
  }
  if (!is_element_wise(n->op)) return refuse(s, n, "has no rule for blocks of parameters");
  if (!is_plain(s, n)) return refuse(s, n, "lays parameters out over others");
  if (n->op == zip + SD_ZIP_ADD || n->op == zip + SD_ZIP_SUB) return below_sum(s, n, t);
  return below_element_wise(s, r, t);
}

/* ---- the sweep --------------------------------------------------------------------------------*/

static int visit_shared(sweep *s, sd_ref r) {
  const sd_node *n = sd_node_at(s->g, r);
  int status = SD_OK;
  sd_graph_place(s->g, n->source, n->line);
  for (int k = 0; k < n->nargs && status == SD_OK; k++)
    if (s->active[n->args[k]]) status = set_role(s, n, n->args[k], SHARED);
  if (n->op == &sd_op_part || n->nouts != 1)
    return refuse(s, n, "has no rule for blocks of parameters");
  for (int i = s->head[r]; i >= 0 && status == SD_OK; i = s->next[i]) {
    sd_term t = s->term[i];
    status = below(s, r, &t);
  }
  return status;
}

/* The roles of n's arguments, NONE before; *aligned: whether a cotangent flows on to one column by
 * column. */
static int set_roles(sweep *s, sd_ref r, int *role, int *aligned) {
  const sd_node *n = sd_node_at(s->g, r);
  sd_type in[SD_FEW], out[SD_FEW];
  sd_site site = {n->op, &n->attr, n->nargs, n->nouts, in, out, NULL};
  int status = SD_OK;
  if (n->nargs > SD_FEW || n->nouts > SD_FEW) return refuse(s, n, "has too many arguments");
  for (int k = 0; k < n->nargs; k++) in[k] = g_type(s->g, n->args[k]);
  for (int j = 0; j < n->nouts; j++) out[j] = g_type(s->g, r + j);
  *aligned = 0;
  for (int k = 0; k < n->nargs && status == SD_OK; k++) {
    if (!s->active[n->args[k]]) continue;
    int rule = n->op->column(&site, k);
    if (rule == SD_MIXES) return refuse(s, n, "mixes the columns");
    role[k] = rule == SD_ALIGNED ? BATCHED : SHARED;
    *aligned |= role[k] == BATCHED;
    status = set_role(s, n, n->args[k], role[k]);
  }
  return status;
}

static int visit_batched(sweep *s, sd_ref r) {
  sd_graph *g = s->g;
  const sd_node *n = sd_node_at(g, r);
  sd_ref bar[SD_FEW] = {0};
  int role[SD_FEW] = {NONE}, aligned = 0, some = 0, status = SD_OK;
  for (int j = 0; j < n->nouts; j++) some |= s->cot[r + j] != 0;
  if (!some || n->op == &sd_op_part) return SD_OK;
  status = set_roles(s, r, role, &aligned);
  sd_graph_place(g, n->source, n->line);
  if (status == SD_OK && aligned) {
    if (n->op->reverse == NULL) return refuse(s, n, "has no reverse derivative");
    for (int k = 0; k < n->nargs && n->op->asks; k++) bar[k] = role[k] == BATCHED ? 0 : SD_UNASKED;
    status = n->op->reverse(g, r, &s->cot[r], bar);
  }
  for (int k = 0; k < n->nargs && status == SD_OK; k++) {
    sd_ref u = n->args[k];
    if (role[k] == SHARED) status = share(s, r, k, s->cot[r]);
    if (role[k] != BATCHED || bar[k] == 0) continue;
    s->cot[u] = bar[k] < 0 ? bar[k] : g_add(g, s->cot[u], bar[k]);
    status = s->cot[u] < 0 ? s->cot[u] : SD_OK;
  }
  return status;
}

static int run_sweep(sweep *s, sd_ref y, sd_ref cot) {
  int status = SD_OK;
  if (!s->active[y]) return SD_OK;
  if (s->is_wrt[y]) return refuse(s, sd_node_at(s->g, y), "is a parameter itself");
  s->role[y] = BATCHED;
  s->cot[y] = sd_graph_alias(s->g, cot); /* so that no builder looks into it */
  for (sd_ref r = s->last; r >= 1 && status == SD_OK; r--) {
    const sd_node *n = sd_node_at(s->g, r);
    char role = s->role[r];
    for (int j = 1; j < n->nouts; j++)
      if (s->role[r + j]) role = s->role[r + j];
    if (!s->active[r] || s->is_wrt[r] || role == NONE) continue;
    status = role == BATCHED ? visit_batched(s, r) : visit_shared(s, r);
  }
  return status;
}

/* The terms of wrt[], in its order, to the front. */
static int collect(sweep *s, int nwrt, const sd_ref *wrt, sd_term *out, int room) {
  int count = 0;
  for (int k = 0; k < nwrt; k++) {
    if (wrt[k] > s->last) continue;
    for (int i = s->head[wrt[k]]; i >= 0; i = s->next[i], count++) {
      if (count == room) return sd_graph_refuse(s->g, SD_EARG, "parameters are used too often");
      out[count] = s->term[i];
      out[count].leaf = k;
    }
  }
  return count;
}

static void sweep_free(sweep *s) {
  sd_free(s->cot);
  sd_free(s->head);
  sd_free(s->active);
  sd_free(s->term);
  sd_free(s->next);
}

/* For a graph of nodes 1..last. */
static int sweep_new(sweep *s) {
  size_t n = (size_t)s->last + 1, room = (size_t)s->room;
  s->cot = sd_alloc(n, sizeof *s->cot);
  s->head = sd_alloc(n, sizeof *s->head);
  s->active = sd_alloc(n, 3);
  s->term = sd_alloc(room, sizeof *s->term);
  s->next = sd_alloc(room, sizeof *s->next);
  if (!s->cot || !s->head || !s->active || !s->term || !s->next) return SD_ENOMEM;
  memset(s->cot, 0, n * sizeof *s->cot);
  memset(s->active, 0, 3 * n);
  s->role = s->active + n;
  s->is_wrt = s->role + n;
  for (size_t r = 0; r < n; r++) s->head[r] = -1;
  return SD_OK;
}

int sd_blocks(sd_graph *g, sd_ref y, sd_ref cot, int nwrt, const sd_ref *wrt, int room,
              sd_term *out) {
  if (y < 0 || cot < 0) return y < 0 ? y : cot;
  sweep s = {.g = g, .samples = g_type(g, y).cols, .last = sd_last_output(g, y), .room = 2 * room};
  int status = sweep_new(&s);
  if (status == SD_OK) {
    sd_mark_active(g, s.last, nwrt, wrt, s.active, s.is_wrt);
    status = run_sweep(&s, y, cot);
    if (status == SD_OK) status = collect(&s, nwrt, wrt, out, room);
  }
  sweep_free(&s);
  return status;
}
