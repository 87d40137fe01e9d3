/* Descent-ascent by hand: the two large products by BLAS, one pass over what lies between them. */
#include "../bench.h"
#include <cblas.h>

typedef struct {
  int k, q, m, n;
  double *Z, *V, *W, *xbar, *delta;  /* (q,n) (m,k) (k,q) (m) (m) */
  double *H, *mask, *h, *gW, *f, *r; /* (k,n) (k,n) (k) (k,q) (m) (k) */
} game;

/* mask <- 1{H >= 0}, h <- sums of max(H, 0) along rows */
static void relu_rows(int k, int n, const double *restrict H, double *restrict mask,
                      double *restrict h) {
  memset(h, 0, (size_t)k * sizeof *h);
  for (int j = 0; j < n; j++, H += k, mask += k)
    for (int i = 0; i < k; i++) {
      mask[i] = H[i] >= 0 ? 1. : 0.;
      h[i] += H[i] >= 0 ? H[i] : 0.;
    }
}

static void step(void *with) {
  game *g = with;
  const int k = g->k, q = g->q, m = g->m, n = g->n;
  cblas_dgemm(CblasColMajor, CblasNoTrans, CblasNoTrans, k, n, q, 1, g->W, k, g->Z, q, 0, g->H, k);
  relu_rows(k, n, g->H, g->mask, g->h);
  cblas_dgemv(CblasColMajor, CblasNoTrans, m, k, 1. / n, g->V, m, g->h, 1, 0, g->f, 1);
  cblas_dgemv(CblasColMajor, CblasTrans, m, k, 1e-4 / n, g->V, m, g->delta, 1, 0, g->r, 1);
  cblas_dgemm(CblasColMajor, CblasNoTrans, CblasTrans, k, q, n, 1, g->mask, k, g->Z, q, 0, g->gW,
              k);
  double *restrict W = g->W, *restrict gW = g->gW, *restrict r = g->r;
  for (int c = 0; c < q; c++, W += k, gW += k)
    for (int i = 0; i < k; i++) W[i] += r[i] * gW[i];
  for (int i = 0; i < m; i++) g->delta[i] += 0.1 * (g->xbar[i] - g->f[i] - g->delta[i]);
}

int main(int argc, char **argv) {
  bench_open(argc, argv);
  int k = bench_int("k"), q = bench_int("q"), m = bench_int("m"), n = bench_int("n");
  size_t kq = (size_t)k * (size_t)q, kn = (size_t)k * (size_t)n;
  game g = {k,
            q,
            m,
            n,
            bench_load("Z", q, n),
            bench_load("V", m, k),
            bench_load("W", k, q),
            bench_load("xbar", m, 1),
            bench_new((size_t)m),
            bench_new(kn),
            bench_new(kn),
            bench_new((size_t)k),
            bench_new(kq),
            bench_new((size_t)m),
            bench_new((size_t)k)};
  double *W0 = bench_copy(g.W, kq), at = 0;
  for (int t = bench_int("steps"); t > 0; t--) step(&g);
  double value = bench_print(g.W, W0, kq, &at);
  value += bench_print(g.delta, NULL, (size_t)m, &at);
  bench_report(value, step, &g);
  return 0;
}
