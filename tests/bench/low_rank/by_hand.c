/* Low-rank regression by hand: M = T T', e = X' vec(M) - y, g = X e as a matrix,
 * T -= rate (g + g') T. */
#include "../bench.h"
#include <cblas.h>

typedef struct {
  int d, r, n;
  double *y, *T, *M, *e, *g, *X; /* (n) (d,r) (d,d) (n) (d,d) (dd,n) */
} problem;

static void step(void *with) {
  problem *p = with;
  const int d = p->d, r = p->r, n = p->n, dd = d * d;
  const double rate = 1e-6;
  cblas_dgemm(CblasColMajor, CblasNoTrans, CblasTrans, d, d, r, 1, p->T, d, p->T, d, 0, p->M, d);
  memcpy(p->e, p->y, (size_t)n * sizeof *p->e);
  cblas_dgemv(CblasColMajor, CblasTrans, dd, n, 1, p->X, dd, p->M, 1, -1, p->e, 1);
  cblas_dgemv(CblasColMajor, CblasNoTrans, dd, n, 1, p->X, dd, p->e, 1, 0, p->g, 1);
  double *restrict g = p->g, *restrict sum = p->M;
  for (int j = 0; j < d; j++)
    for (int i = 0; i < d; i++) sum[j * d + i] = g[j * d + i] + g[i * d + j];
  memcpy(p->g, p->T, (size_t)(d * r) * sizeof *p->g);
  cblas_dgemm(CblasColMajor, CblasNoTrans, CblasNoTrans, d, r, d, -rate, p->M, d, p->g, d, 1, p->T,
              d);
}

int main(int argc, char **argv) {
  bench_open(argc, argv);
  int d = bench_int("d"), r = bench_int("r"), n = bench_int("n");
  size_t dd = (size_t)d * (size_t)d, dr = (size_t)d * (size_t)r;
  problem p = {d,
               r,
               n,
               bench_load("y", n, 1),
               bench_load("T", d, r),
               bench_new(dd),
               bench_new((size_t)n),
               bench_new(dd),
               bench_load("X", d * d, n)};
  double *T0 = bench_copy(p.T, dr), at = 0;
  for (int t = bench_int("steps"); t > 0; t--) step(&p);
  bench_report(bench_print(p.T, T0, dr, &at), step, &p);
  return 0;
}
