/* Jacobian and singular values by hand: the closed forms of work.lua, dgesdd and dsyevr. */
#include "../bench.h"
#include <cblas.h>
#include <lapacke.h>

typedef struct {
  int n, d, k, svd;
  double *X
  , *W, *v;                   /* (d,n) (k,d) (k) */
  double *S, *J, *G, *s, *at; /* (k,n) (kd,n) (n,n) (n) and scratch of LAPACK */
  lapack_int *iat, room, iroom;
} net;

/* S(l,i) <- v_l softplus'(w_l . x_i) */
static void slopes(const net *g) {
  const int k = g->k, n = g->n;
  cblas_dgemm(CblasColMajor, CblasNoTrans, CblasNoTrans, k, n, g->d, 1, g->W, k, g->X, g->d, 0,
              g->S, k);
  double *restrict S = g->S;
  const double *restrict v = g->v;
  for (int i = 0; i < n; i++, S += k)
    for (int l = 0; l < k; l++) S[l] = v[l] / (1 + exp(-S[l]));
}

/* s <- singular values of J' (kd,n), whose column i is the product of S_i and x_i */
static void by_svd(const net *g) {
  const int k = g->k, d = g->d, n = g->n;
  double *restrict out = g->J;
  for (int i = 0; i < n; i++)
    for (int c = 0; c < d; c++, out += k) {
      const double *restrict S = g->S + (size_t)i * (size_t)k, x = g->X
      [i * d + c];
      for (int l = 0; l < k; l++) out[l] = x * S[l];
    }
  if (LAPACKE_dgesdd_work(LAPACK_COL_MAJOR, 'N', k * d, n, g->J, k * d, g->s, NULL, 1, NULL, 1,
                          g->at, g->room, g->iat) != 0)
    bench_fail("failed:", "dgesdd");
}

/* s <- square roots of the eigenvalues of (X'X) % (S'S) */
static void by_gram(const net *g) {
  const int n = g->n;
  double *restrict A = g->G, *restrict B = g->J;
  cblas_dsyrk(CblasColMajor, CblasLower, CblasTrans, n, g->d, 1, g->X, g->d, 0, A, n);
  cblas_dsyrk(CblasColMajor, CblasLower, CblasTrans, n, g->k, 1, g->S, g->k, 0, B, n);
  for (int j = 0; j < n; j++)
    for (int i = j; i < n; i++) A[j * n + i] *= B[j * n + i];
  lapack_int found = 0;
  if (LAPACKE_dsyevr_work(LAPACK_COL_MAJOR, 'N', 'A', 'L', n, A, n, 0, 0, 0, 0, 0, &found, g->s,
                          NULL, 1, g->iat, g->at, g->room, g->iat + 2 * n, g->iroom) != 0 ||
      found != n)
    bench_fail("failed:", "dsyevr");
  for (int i = 0; i < n; i++) g->s[i] = sqrt(g->s[i]);
}

static void step(void *with) {
  const net *g = with;
  slopes(g);
  if (g->svd)
    by_svd(g);
  else
    by_gram(g);
}

int main(int argc, char **argv) {
  bench_open(argc, argv);
  int n = bench_int("n"), d = bench_int("d"), k = bench_int("k");
  size_t nn = (size_t)n * (size_t)n, kn = (size_t)k * (size_t)n, room = kn + 100 * nn + 100;
  int svd = strcmp(bench_word("way"), "svd") == 0;
  net g = {n,
           d,
           k,
           svd,
           bench_load("X", d, n),
           bench_load("W", k, d),
           bench_load("v", k, 1),
           bench_new(kn),
           bench_new(svd ? kn * (size_t)d : nn),
           bench_new(nn),
           bench_new((size_t)n),
           bench_new(room),
           malloc(sizeof(lapack_int) * (size_t)(16 * n)),
           (lapack_int)room,
           10 * n};
  if (g.iat == NULL) bench_fail("no memory", "");
  step(&g);
  qsort(g.s, (size_t)n, sizeof *g.s, bench_less);
  double at = 0, value = bench_print(g.s, NULL, (size_t)n, &at);
  bench_report(value, step, &g);
  return 0;
}
