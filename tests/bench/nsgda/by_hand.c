/* SGDA by hand: products with W by BLAS, one loop for both gradients and the norm; the other
 * optimisers are a pass over the parameters. Rows of W and of V (the transposed matrix) are
 * contiguous, so that all inner loops have length d. */
#include "../bench.h"
#include <cblas.h>

enum { MOST = 64 }; /* rows of W at most */

typedef struct {
  double *m, *v;
} moments;

/* The optimiser's pass over n of x, whose gradients are e: up is 1 to ascend, -1 to descend. */
typedef struct game game;
typedef void pass(const game *g, int n, double *x, const double *e, moments s, double up);

struct game {
  int d, m;
  double width, tau, ab[2];
  double *W, *V, *U, *gW, *gy; /* W, gW (m,d), V (m,d), U (2,d) by rows; gy (d) */
  pass *optimiser;             /* NULL: normalised */
  double *none, b1, b2;        /* zeros (d); powers of Adam's decays */
  moments ofW, ofV, of_ab;
};

static double logistic(double t) { return 1 / (1 + exp(-t)); }

/* sum of sigma(z), slopes into s */
static double cubic(const game *g, const double *z, double *s) {
  double sum = 0, w = g->width;
  for (int i = 0; i < g->m; i++) {
    double r = fmin(fabs(z[i]), w);
    sum += copysign(r * r * r + 3 * w * w * (fabs(z[i]) - r), z[i]);
    s[i] = 3 * r * r;
  }
  return sum;
}

/* gW <- rx x' + ry y', gy <- W' ry; returns |gW|^2 */
static double gradients(const game *g, const double *rx, const double *ry, const double *restrict x,
                        const double *restrict y) {
  double square = 0, *restrict gy = g->gy;
  memset(gy, 0, (size_t)g->d * sizeof *gy);
  for (int i = 0; i < g->m; i++) {
    const double *restrict w = g->W + (size_t)i * (size_t)g->d;
    double *restrict out = g->gW + (size_t)i * (size_t)g->d, p = rx[i], q = ry[i];
    for (int k = 0; k < g->d; k++) {
      double e = p * x[k] + q * y[k];
      out[k] = e;
      square += e * e;
      gy[k] += q * w[k];
    }
  }
  return square;
}

static const double rate = 1e-5;

static void plain(const game *g, int n, double *restrict x, const double *restrict e, moments s,
                  double up) {
  (void)g, (void)s;
  for (int i = 0; i < n; i++) x[i] += up * rate * e[i];
}

static void adam(const game *g, int n, double *restrict x, const double *restrict e, moments s,
                 double up) {
  double *restrict m = s.m, *restrict v = s.v, r = up * rate / (1 - g->b1), scale = 1 / (1 - g->b2);
  for (int i = 0; i < n; i++) {
    m[i] = 0.9 * m[i] + 0.1 * e[i];
    v[i] = 0.999 * v[i] + 0.001 * e[i] * e[i];
    x[i] += r * m[i] / (sqrt(scale * v[i]) + 1e-8);
  }
}

static void lion(const game *g, int n, double *restrict x, const double *restrict e, moments s,
                 double up) {
  double *restrict m = s.m;
  (void)g;
  for (int i = 0; i < n; i++) {
    double c = 0.9 * m[i] + 0.1 * e[i];
    x[i] += up * rate * ((c > 0) - (c < 0));
    m[i] = 0.99 * m[i] + 0.01 * e[i];
  }
}

static pass *optimiser_of(const char *way) {
  if (way == NULL) return NULL;
  if (strcmp(way, "sgd") == 0) return plain;
  if (strcmp(way, "adam") == 0) return adam;
  if (strcmp(way, "lion") == 0) return lion;
  bench_fail("no such way:", way);
  return NULL;
}

/* All parameters; of V only row j has a gradient. */
static void pass_over_all(game *g, const double gab[2], int j) {
  g->b1 *= 0.9;
  g->b2 *= 0.999;
  g->optimiser(g, g->m * g->d, g->W, g->gW, g->ofW, 1);
  g->optimiser(g, 2, g->ab, gab, g->of_ab, 1);
  for (int k = 0; k < g->m; k++) {
    size_t at = (size_t)k * (size_t)g->d;
    moments of = {g->ofV.m + at, g->ofV.v + at};
    if (k == j || g->optimiser != plain)
      g->optimiser(g, g->d, g->V + at, k == j ? g->gy : g->none, of, -1);
  }
}

static void normalised(game *g, const double gab[2], double square, double *y) {
  double up = rate / sqrt(square + gab[0] * gab[0] + gab[1] * gab[1]);
  cblas_daxpy(g->m * g->d, up, g->gW, 1, g->W, 1);
  for (int k = 0; k < 2; k++) g->ab[k] += up * gab[k];
  cblas_daxpy(g->d, -rate / cblas_dnrm2(g->d, g->gy, 1), g->gy, 1, y, 1);
}

static void update(game *g, int i, int j) {
  double a = g->ab[0], b = g->ab[1];
  double *x = g->U + (size_t)i * (size_t)g->d, *y = g->V + (size_t)j * (size_t)g->d;
  double zx[MOST], zy[MOST], rx[MOST], ry[MOST];
  cblas_dgemv(CblasRowMajor, CblasNoTrans, g->m, g->d, 1, g->W, g->d, x, 1, 0, zx, 1);
  cblas_dgemv(CblasRowMajor, CblasNoTrans, g->m, g->d, 1, g->W, g->d, y, 1, 0, zy, 1);
  double hx = cubic(g, zx, rx), hy = cubic(g, zy, ry);
  double cx = logistic(-(a * hx + g->tau * b)), cy = -logistic(a * hy + g->tau * b);
  for (int k = 0; k < g->m; k++) rx[k] *= cx * a, ry[k] *= cy * a;
  double gab[2] = {cx * hx + cy * hy, g->tau * (cx + cy)};
  double square = gradients(g, rx, ry, x, y);
  if (g->optimiser)
    pass_over_all(g, gab, j);
  else
    normalised(g, gab, square, y);
}

static void step(void *with) {
  game *g = with;
  update(g, bench_uniform() < 0.5, (int)(bench_uniform() * g->m));
}

int main(int argc, char **argv) {
  bench_open(argc, argv);
  int d = bench_int("d"), m = bench_int("m"), steps = bench_int("steps");
  if (m > MOST) bench_fail("too large:", "m");
  size_t n = (size_t)m * (size_t)d;
  double *W0 = bench_load("W", m, d), *V0 = bench_load("V", d, m);
  game g = {
      .d = d, .m = m, .width = pow(d, 0.2), .tau = 1 / sqrt(d), .ab = {0.3, 0}, .b1 = 1, .b2 = 1};
  g.W = bench_turn(W0, m, d), g.V = bench_copy(V0, n), g.U = bench_load("U", d, 2);
  g.gW = bench_new(n), g.gy = bench_new((size_t)d), g.none = bench_new((size_t)d);
  g.ofW = (moments){bench_new(n), bench_new(n)};
  g.ofV = (moments){bench_new(n), bench_new(n)};
  g.of_ab = (moments){bench_new(2), bench_new(2)};
  g.optimiser = optimiser_of(bench_find("way"));
  double *x = bench_load("x", 1, steps), *j = bench_load("j", 1, steps);
  for (int t = 0; t < steps; t++) update(&g, (int)x[t] - 1, (int)j[t] - 1);
  double ab[2] = {g.ab[0] - 0.3, g.ab[1]}, k = 0, value = bench_print(ab, NULL, 2, &k);
  value += bench_print(bench_turn(g.W, d, m), W0, n, &k);
  value += bench_print(g.V, V0, n, &k);
  bench_report(value, step, &g);
  return 0;
}
