/* Random draws: functions of an rng (argument 0) and of nothing that is drawn elsewhere.
 *
 * A draw is made at a point of a stream: the rng's own, moved on by an offset. A trace counts its
 * draws, so that each has its offset from the rng that came in; draws that nobody reads vanish, and
 * the others stay what they are. For derivatives draws are constants.
 *
 * k = {rows, cols, dtype, number} of the result, k[4] the offset, k[5] a whole number that the law
 * needs; p its parameters. */
#include "build.h"
#include "saddle/rng.h"
#include "saddle/status.h"
#include <math.h>
#include <stdio.h>

enum { F32_WHOLE = 1 << 24 }; /* whole numbers up to here are f32 numbers */
static const int64_t most_whole = (int64_t)1 << 53;

static sd_rng at(const sd_call *c) {
  sd_rng rng = *(const sd_rng *)c->in[0].x;
  rng.ordinal += (uint64_t)c->attr->k[4];
  return rng;
}

/* ---- shapes -----------------------------------------------------------------------------------*/

/* Whole numbers up to `most` must be numbers of the result's dtype. */
static int infer_whole(sd_site *s, int64_t most) {
  int status = sd_infer_given(s);
  if (status == SD_OK && s->out[0].dtype == SD_F32 && most > F32_WHOLE)
    return sd_refuse(s, SD_EARG, "f32 holds whole numbers up to %d, not %lld", F32_WHOLE,
                     (long long)most);
  return status;
}

static int infer_randint(sd_site *s) { return infer_whole(s, s->attr->k[5]); }

static int infer_categorical(sd_site *s) {
  ptrdiff_t n = s->in[1].rows * s->in[1].cols;
  return n == 0 ? sd_refuse(s, SD_ESHAPE, "needs at least one weight") : infer_whole(s, n);
}

/* k[5]: sizes are given; otherwise p has the result's type. */
static int infer_bernoulli(sd_site *s) {
  const sd_type *p = &s->in[1];
  if (s->attr->k[5] && (p->rows != 1 || p->cols != 1))
    return sd_refuse(s, SD_ESHAPE, "a matrix p (%tdx%td) gives the shape; leave the sizes out",
                     p->rows, p->cols);
  if (s->attr->k[5]) return sd_infer_given(s);
  s->out[0] = *p;
  return SD_OK;
}

static int infer_orthogonal(sd_site *s) {
  const int64_t *k = s->attr->k;
  if (k[0] < k[1])
    return sd_refuse(s, SD_ESHAPE,
                     "a %lldx%lld matrix cannot have orthonormal columns; "
                     "rng:orthogonal(%lld, %lld):t() has orthonormal rows",
                     (long long)k[0], (long long)k[1], (long long)k[1], (long long)k[0]);
  return sd_infer_given(s);
}

static int infer_minibatch(sd_site *s) {
  const sd_type *t = &s->in[1];
  if (t->rows != 1 || t->cols != 1)
    return sd_refuse(s, SD_ESHAPE, "the batch number must be a number, got a %tdx%td matrix",
                     t->rows, t->cols);
  return sd_infer_given(s);
}

/* ---- one run per law --------------------------------------------------------------------------*/

static int run_rand(const sd_call *c) { return sd_rng_uniform(at(c), &c->out[0]); }
static int run_randn(const sd_call *c) { return sd_rng_normal(at(c), &c->out[0]); }
static int run_rademacher(const sd_call *c) { return sd_rng_rademacher(at(c), &c->out[0]); }
/* k[5] = the upper end */
static int run_randint(const sd_call *c) {
  return sd_rng_randint(at(c), (uint64_t)c->attr->k[5], &c->out[0]);
}
static int run_bernoulli(const sd_call *c) {
  return sd_rng_bernoulli(at(c), &c->in[1], &c->out[0]);
}
static int run_categorical(const sd_call *c) {
  return sd_rng_categorical(at(c), &c->in[1], &c->out[0]);
}
/* p[0] = the shape */
static int run_gamma(const sd_call *c) { return sd_rng_gamma(at(c), c->attr->p[0], 1, &c->out[0]); }
/* p[0] = the degrees of freedom; the smallest double has no half */
static int run_chi2(const sd_call *c) {
  double df = c->attr->p[0];
  return sd_rng_gamma(at(c), df / 2 > 0 ? df / 2 : df, 2, &c->out[0]);
}
/* p = {lo, hi} */
static int run_truncated_normal(const sd_call *c) {
  return sd_rng_truncated_normal(at(c), c->attr->p[0], c->attr->p[1], &c->out[0]);
}
static int run_sphere(const sd_call *c) { return sd_rng_sphere(at(c), &c->out[0]); }
static int run_orthogonal(const sd_call *c) { return sd_rng_orthogonal(at(c), &c->out[0]); }
/* k[5] = the number to choose from; of permutation, too */
static int run_choice(const sd_call *c) {
  return sd_rng_choice(at(c), (uint64_t)c->attr->k[5], &c->out[0]);
}
/* k[5] = the number of samples; argument 1 = the batch number, from 1. Reads the rng's key
 * alone. */
static int run_minibatch(const sd_call *c) {
  double t = sd_mat_get(&c->in[1], 0, 0);
  if (!(t >= 1 && t <= (double)most_whole) || t != floor(t)) return SD_EARG;
  return sd_rng_minibatch(at(c).key, (uint64_t)c->attr->k[5], (uint64_t)t - 1, &c->out[0]);
}

/* ---- sentences for values outside a domain ----------------------------------------------------*/

static void fail_plain(const sd_call *c, int status, char why[SD_WHY]) {
  snprintf(why, SD_WHY, "%s: %s", c->op->name, sd_status_text(status));
}

static void fail_bernoulli(const sd_call *c, int status, char why[SD_WHY]) {
  char buf[SD_SHAPE];
  const sd_mat *p = &c->in[1];
  fail_plain(c, status, why);
  if (status != SD_EARG) return;
  for (ptrdiff_t j = 0; j < p->cols; j++)
    for (ptrdiff_t i = 0; i < p->rows; i++) {
      double v = sd_mat_get(p, i, j);
      if (v >= 0 && v <= 1) continue;
      snprintf(why, SD_WHY, "bernoulli: p must be in 0..1, got %s", sd_number_text(v, buf));
      return;
    }
}

static void fail_categorical(const sd_call *c, int status, char why[SD_WHY]) {
  char buf[SD_SHAPE];
  const sd_mat *w = &c->in[1];
  ptrdiff_t n = w->rows * w->cols, k = 0;
  fail_plain(c, status, why);
  if (status != SD_EARG) return;
  for (; k < n; k++) {
    double v = sd_mat_get(w, k % w->rows, k / w->rows);
    if (v >= 0 && v < HUGE_VAL) continue;
    snprintf(why, SD_WHY, "categorical: weight %td must be finite and not negative, got %s", k + 1,
             sd_number_text(v, buf));
    return;
  }
  snprintf(why, SD_WHY, "categorical: all %td weights are 0", n);
}

static void fail_minibatch(const sd_call *c, int status, char why[SD_WHY]) {
  char buf[SD_SHAPE];
  double t = sd_mat_get(&c->in[1], 0, 0);
  fail_plain(c, status, why);
  if (status != SD_EARG) return;
  if (t != floor(t))
    snprintf(why, SD_WHY, "minibatch: the batch number must be a whole number, got %s",
             sd_number_text(t, buf));
  else
    snprintf(why, SD_WHY, "minibatch: the batch number must be in 1..%lld, got %.17g",
             (long long)most_whole, t);
}

/* ---- points of a stream -----------------------------------------------------------------------*/

static int infer_rng(sd_site *s) {
  s->out[0] = sd_type_rng();
  return SD_OK;
}

/* k[0] = draws to pass over */
static int run_advance(const sd_call *c) {
  sd_rng rng = *(const sd_rng *)c->in[0].x;
  rng.ordinal += (uint64_t)c->attr->k[0];
  *(sd_rng *)c->out[0].x = rng;
  return SD_OK;
}

/* k[0] = the name's word */
static int run_child(const sd_call *c) {
  const sd_rng *rng = c->in[0].x;
  *(sd_rng *)c->out[0].x = (sd_rng){sd_rng_child(rng->key, (uint64_t)c->attr->k[0]), 0};
  return SD_OK;
}

/* The sum of two counts; they wrap as ordinals do. */
static int64_t sum(int64_t a, int64_t b) { return (int64_t)((uint64_t)a + (uint64_t)b); }

/* Applied to an rng that was advanced: the same op on the rng as it came in, with the advance in
 * attr->k[offset]. */
static sd_ref rebase(sd_graph *g, const sd_site *s, const sd_ref *args, int offset) {
  const sd_node *n = sd_node_at(g, args[0]);
  sd_attr attr = *s->attr;
  if (n->op != &sd_op_rng_advance) return 0;
  if (offset >= 0) attr.k[offset] = sum(attr.k[offset], n->attr.k[0]);
  return g_op(g, s->op, &attr, n->args[0], s->nargs > 1 ? args[1] : 0, 0);
}

static sd_ref simplify_draw(sd_graph *g, const sd_site *s, const sd_ref *args) {
  return rebase(g, s, args, 4);
}
static sd_ref simplify_keyed(sd_graph *g, const sd_site *s, const sd_ref *args) {
  return rebase(g, s, args, -1);
}
static sd_ref simplify_advance(sd_graph *g, const sd_site *s, const sd_ref *args) {
  return s->attr->k[0] == 0 ? args[0] : rebase(g, s, args, 0);
}

/* ---- rows -------------------------------------------------------------------------------------*/

/* An element belongs to its column of p; whatever else a draw reads it reads as a whole. */
static int column_draw(const sd_site *s, int k) {
  return k == 1 && s->op->run == run_bernoulli ? sd_column_broadcast(s, k) : SD_MIXES;
}

#define DRAW(id, law, arguments, shape, kernel, sentence, point)                                   \
  [SD_DRAW_##id] = {.name = #law,                                                                  \
                    .nargs = arguments,                                                            \
                    .draws = 1,                                                                    \
                    .infer = shape,                                                                \
                    .run = kernel,                                                                 \
                    .fail = sentence,                                                              \
                    .simplify = point,                                                             \
                    .reverse = sd_reverse_zero,                                                    \
                    .forward = sd_forward_zero,                                                    \
                    .kink = arguments > 1 ? sd_kink_untold : NULL,                                 \
                    .column = column_draw,                                                         \
                    .flops = sd_flops_one},
#define PLAIN(id, law) DRAW(id, law, 1, sd_infer_given, run_##law, NULL, simplify_draw)

const sd_op sd_draw_ops[SD_DRAW_COUNT] = {
    PLAIN(RAND, rand) PLAIN(RANDN, randn) PLAIN(RADEMACHER, rademacher)
        DRAW(RANDINT, randint, 1, infer_randint, run_randint, NULL, simplify_draw) DRAW(
            BERNOULLI, bernoulli, 2, infer_bernoulli, run_bernoulli, fail_bernoulli,
            simplify_draw) DRAW(CATEGORICAL, categorical, 2, infer_categorical, run_categorical,
                                fail_categorical, simplify_draw) PLAIN(GAMMA, gamma)
            PLAIN(CHI2, chi2) PLAIN(TRUNCATED_NORMAL, truncated_normal) PLAIN(SPHERE, sphere) DRAW(
                ORTHOGONAL, orthogonal, 1, infer_orthogonal, run_orthogonal, NULL, simplify_draw)
                DRAW(PERMUTATION, permutation, 1, sd_infer_given, run_choice, NULL, simplify_draw)
                    PLAIN(CHOICE, choice) DRAW(MINIBATCH, minibatch, 2, infer_minibatch,
                                               run_minibatch, fail_minibatch, simplify_keyed)};

#define POINT(id, text, kernel, point)                                                             \
  const sd_op sd_op_##id = {.name = text,                                                          \
                            .nargs = 1,                                                            \
                            .draws = 1,                                                            \
                            .infer = infer_rng,                                                    \
                            .run = kernel,                                                         \
                            .simplify = point,                                                     \
                            .reverse = sd_reverse_zero,                                            \
                            .forward = sd_forward_zero,                                            \
                            .column = column_draw,                                                 \
                            .flops = sd_flops_none};
POINT(rng_advance, "rng_advance", run_advance, simplify_advance)
POINT(rng_child, "rng_child", run_child, simplify_keyed)

#define POINTER(id, name) &sd_draw_ops[SD_DRAW_##id],
const sd_op *const sd_family_random[] = {SD_DRAWS(POINTER) & sd_op_rng_advance, &sd_op_rng_child,
                                         NULL};
