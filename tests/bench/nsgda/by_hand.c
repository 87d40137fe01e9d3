/* Normalised SGDA by hand: products with W by BLAS, one loop for both gradients and the norm.
 * Rows of W and of V (the transposed matrix) are contiguous, so that all inner loops have length
 * d. */
#include "../bench.h"
#include <cblas.h>

enum { MOST = 64 }; /* rows of W at most */

typedef struct {
  int d, m;
  double width, tau, a, b;
  double *W, *V, *U, *gW, *gy; /* W, gW (m,d), V (m,d), U (2,d) by rows; gy (d) */
} game;

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

static void update(game *g, int i, int j) {
  const double rate = 1e-5;
  double *x = g->U + (size_t)i * (size_t)g->d, *y = g->V + (size_t)j * (size_t)g->d;
  double zx[MOST], zy[MOST], rx[MOST], ry[MOST];
  cblas_dgemv(CblasRowMajor, CblasNoTrans, g->m, g->d, 1, g->W, g->d, x, 1, 0, zx, 1);
  cblas_dgemv(CblasRowMajor, CblasNoTrans, g->m, g->d, 1, g->W, g->d, y, 1, 0, zy, 1);
  double hx = cubic(g, zx, rx), hy = cubic(g, zy, ry);
  double cx = logistic(-(g->a * hx + g->tau * g->b)), cy = -logistic(g->a * hy + g->tau * g->b);
  for (int k = 0; k < g->m; k++) rx[k] *= cx * g->a, ry[k] *= cy * g->a;
  double ga = cx * hx + cy * hy, gb = g->tau * (cx + cy);
  double up = rate / sqrt(gradients(g, rx, ry, x, y) + ga * ga + gb * gb);
  cblas_daxpy(g->m * g->d, up, g->gW, 1, g->W, 1);
  g->a += up * ga;
  g->b += up * gb;
  cblas_daxpy(g->d, -rate / cblas_dnrm2(g->d, g->gy, 1), g->gy, 1, y, 1);
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
  game g = {d,
            m,
            pow(d, 0.2),
            1 / sqrt(d),
            0.3,
            0,
            bench_turn(W0, m, d),
            bench_copy(V0, n),
            bench_load("U", d, 2),
            bench_new(n),
            bench_new((size_t)d)};
  double *x = bench_load("x", 1, steps), *j = bench_load("j", 1, steps);
  for (int t = 0; t < steps; t++) update(&g, (int)x[t] - 1, (int)j[t] - 1);
  double ab[2] = {g.a - 0.3, g.b}, k = 0, value = bench_print(ab, NULL, 2, &k);
  value += bench_print(bench_turn(g.W, d, m), W0, n, &k);
  value += bench_print(g.V, V0, n, &k);
  bench_report(value, step, &g);
  return 0;
}
