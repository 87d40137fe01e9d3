/* Sums with one row, column or element: what flows back to a matrix of which a step has read just
 * that (a generator's column for a latent that is one-hot, a row of an embedding).
 *
 * A spike is the derivative's dense form, zero but for B at one place. Scaling it, squaring it
 * and adding it to a matrix of the state should cost what B costs. So where a plan meets
 *
 *   c (0 + S'B), -(0 + S'B)       it runs   0 + b + S'(cB)   with the number b = c 0
 *   (0 + b + S'B)^p, p > 0                  0 + b^p + S'(B^p), and so for itself times itself
 *   X + (0 + b + S'B)                       X + b + S'B, in the place of X
 *   |0 + S'B|                               |B|
 *
 * with S the 0/1 row that picks the place. b is 0, or NaN when c is not finite: then, as in the
 * dense form, all is. Several places could be one and the same, of which the norm is another: a
 * spike has one. */
#include "build.h"
#include "saddle/arrange.h"
#include "saddle/status.h"

/* ---- add_spike(X, b, B, index) = X + b + S'B: k = {dim, caller, 1} ----------------------------*/

static int infer_spike(sd_site *s) {
  sd_type three[3] = {s->in[0], s->in[2], s->in[3]};
  sd_site inner = *s;
  if (!sd_is_one(&s->in[1]) || !sd_is_one(&s->in[3]))
    return sd_refuse(s, SD_ESHAPE, "b and the index must be numbers");
  inner.in = three;
  return sd_op_scatter_add.infer(&inner);
}

/* The call of scatter_add that is left once b has been added. */
static sd_call scatter_of(const sd_call *c, sd_mat in[3]) {
  in[0] = c->out[0], in[1] = c->in[2], in[2] = c->in[3];
  return (sd_call){&sd_op_scatter_add, c->attr, 3, 1, in, c->out};
}

static int check_spike(const sd_call *c) {
  sd_mat in[3];
  sd_call scatter = scatter_of(c, in);
  return sd_op_scatter_add.check(&scatter);
}

static int run_spike(const sd_call *c) {
  sd_mat in[3], *y = &c->out[0];
  sd_call scatter = scatter_of(c, in);
  if (sd_mat_get(&c->in[1], 0, 0) != 0)
    sd_zip(SD_ZIP_ADD, &c->in[0], &c->in[1], y);
  else if (!sd_mat_same(&c->in[0], y))
    sd_mat_copy(&c->in[0], y);
  return sd_op_scatter_add.run(&scatter);
}

static int reverse_spike(sd_graph *g, sd_ref self, const sd_ref *cot, sd_ref *bar) {
  const sd_node *n = sd_node_at(g, self);
  sd_type tb = g_type(g, n->args[1]), tc = g_type(g, n->args[2]);
  if (cot[0] == 0) return SD_OK;
  bar[0] = cot[0];
  bar[1] = g_sum_to(g, cot[0], &tb);
  bar[2] = g_sum_to(g, g_op(g, &sd_op_gather, &n->attr, cot[0], n->args[3], 0), &tc);
  return bar[1] < 0 ? bar[1] : bar[2] < 0 ? bar[2] : SD_OK;
}

static sd_ref add_spike(sd_graph *g, const sd_attr *attr, sd_ref x, sd_ref b, sd_ref at,
                        sd_ref index) {
  sd_ref args[4] = {x, b, at, index};
  return sd_emit(g, &sd_op_add_spike, attr, 4, args, 1);
}

static int forward_spike(sd_graph *g, sd_ref self, const sd_ref *dot, sd_ref *tan) {
  const sd_node *n = sd_node_at(g, self);
  sd_ref x = dot[0] ? dot[0] : g_zeros(g, &n->type), b = dot[1] ? dot[1] : g_num(g, 0);
  sd_type t = g_type(g, n->args[2]);
  tan[0] = add_spike(g, &n->attr, x, b, dot[2] ? dot[2] : g_zeros(g, &t), n->args[3]);
  return tan[0] < 0 ? tan[0] : SD_OK;
}

static int column_spike(const sd_site *s, int k) {
  if (s->attr->k[0] != 1) return SD_MIXES;
  return k == 1 || k == 3 ? SD_SHARED : sd_column_broadcast(s, k);
}

static double flops_spike(const sd_site *s) {
  return (double)s->in[2].rows * (double)s->in[2].cols;
}

static void fail_spike(const sd_call *c, int status, char why[SD_WHY]) {
  sd_mat in[3];
  sd_call scatter = scatter_of(c, in);
  sd_op_scatter_add.fail(&scatter, status, why);
}

const sd_op sd_op_add_spike = {.name = "add_spike",
                               .nargs = 4,
                               .joined = 7,
                               .over = 1,
                               .infer = infer_spike,
                               .run = run_spike,
                               .check = check_spike,
                               .fail = fail_spike,
                               .reverse = reverse_spike,
                               .forward = forward_spike,
                               .column = column_spike,
                               .flops = flops_spike};

const sd_op *const sd_family_spike[] = {&sd_op_add_spike, NULL};

/* ---- where plans meet one ---------------------------------------------------------------------*/

typedef struct spike {
  const sd_attr *attr;
  sd_ref zeros, b, at, index; /* b: 0 is the number 0 */
} spike;

static int is_zero(const sd_graph *g, sd_ref r) {
  const sd_node *n = sd_node_at(g, r);
  return n->op == &sd_op_full && n->attr.p[0] == 0 && n->type.rows * n->type.cols > 1;
}

static int is_spike(const sd_graph *g, sd_ref r, spike *s) {
  const sd_node *n = sd_node_at(g, r);
  int scatter = n->op == &sd_op_scatter_add && n->attr.k[2];
  if (!scatter && n->op != &sd_op_add_spike) return 0;
  *s = (spike){&n->attr, n->args[0], scatter ? 0 : n->args[1], n->args[scatter ? 1 : 2],
               n->args[scatter ? 2 : 3]};
  return is_zero(g, n->args[0]);
}

static int is_number(const sd_graph *g, sd_ref r) {
  sd_type t = sd_node_at(g, r)->type;
  return sd_is_one(&t);
}

sd_ref sd_lower_spike_neg(sd_graph *g, const sd_node *n, const sd_ref *args) {
  spike s;
  (void)n;
  if (!is_spike(g, args[0], &s)) return 0;
  return add_spike(g, s.attr, s.zeros, s.b ? s.b : g_num(g, 0), g_neg(g, s.at), s.index);
}

sd_ref sd_lower_spike_norm(sd_graph *g, const sd_node *n, const sd_ref *args) {
  spike s;
  if (n->attr.k[0] != 0 || !is_spike(g, args[0], &s) || s.b || is_number(g, s.at)) return 0;
  return g_reduce(g, n->op->code, 0, s.at);
}

/* c s, s c, s / c */
sd_ref sd_lower_spike_scale(sd_graph *g, const sd_node *n, const sd_ref *args) {
  spike s;
  int k = is_spike(g, args[0], &s) ? 0 : 1;
  if ((k && n->op->code == SD_ZIP_DIV) || !is_spike(g, args[k], &s) || !is_number(g, args[!k]))
    return 0;
  sd_ref c = args[!k], b = g_zip(g, n->op->code, s.b ? s.b : g_num(g, 0), c);
  return add_spike(g, s.attr, s.zeros, b, g_zip(g, n->op->code, s.at, c), s.index);
}

/* s s of one s, s^p for a constant p > 0: 0 stays 0, and b is 0 or NaN, which NaN stays. */
sd_ref sd_lower_spike_power(sd_graph *g, const sd_node *n, const sd_ref *args) {
  spike s;
  const sd_node *p = sd_node_at(g, args[1]);
  int square = n->op->code == SD_ZIP_MUL && args[0] == args[1];
  int power = n->op->code == SD_ZIP_POW && p->op == &sd_op_full && p->attr.p[0] > 0;
  if (!(square || (power && is_number(g, args[1]))) || !is_spike(g, args[0], &s)) return 0;
  sd_ref b = s.b ? s.b : g_num(g, 0);
  return add_spike(g, s.attr, s.zeros, g_zip(g, n->op->code, b, square ? b : args[1]),
                   g_zip(g, n->op->code, s.at, square ? s.at : args[1]), s.index);
}

/* X + s, s + X, X - s */
sd_ref sd_lower_spike_add(sd_graph *g, const sd_node *n, const sd_ref *args) {
  spike s;
  int minus = n->op->code == SD_ZIP_SUB, k = is_spike(g, args[1], &s) ? 1 : 0;
  if ((minus && k == 0) || !is_spike(g, args[k], &s)) return 0;
  sd_type tx = sd_node_at(g, args[!k])->type;
  if (tx.rows != n->type.rows || tx.cols != n->type.cols || is_zero(g, args[!k])) return 0;
  return add_spike(g, s.attr, args[!k], s.b ? s.b : g_num(g, 0), minus ? g_neg(g, s.at) : s.at,
                   s.index);
}
