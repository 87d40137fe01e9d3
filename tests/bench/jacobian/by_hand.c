/* Jacobian and singular values by hand: the closed forms of work.lua over BLAS and LAPACK. */
#include "../bench.h"
#include <cblas.h>
#include <lapacke.h>

typedef struct {
  int in, out;           /* what enters a layer has `in` rows, its weights are out x in */
  double *W, *H, *Z, *D; /* (out,in) (in,n) (out,n); (out, n m), what comes back to Z */
} layer;

typedef struct {
  int n, m, k, layers, rows, cols; /* J is rows x cols, one row an output of one sample */
  char way;                        /* 's', 'q', 'g' */
  layer of[2];
  double *V, *J, *G, *L, *s, *at; /* (k,m) (cols,rows) (rows,rows) (rows,rows) (rows), LAPACK's */
  lapack_int *iat, room, iroom;
} net;

static void product(CBLAS_TRANSPOSE trans, int m, int n, int k, const double *A, const double *B,
                    double *C) {
  cblas_dgemm(CblasColMajor, trans, CblasNoTrans, m, n, k, 1, A, trans == CblasTrans ? k : m, B, k,
              0, C, m);
}

/* C, lower triangle <- A'A, A rows x n */
static void gram(int n, int rows, const double *A, double *C) {
  cblas_dsyrk(CblasColMajor, CblasLower, CblasTrans, n, rows, 1, A, rows, 0, C, n);
}

static void forward(net *g) {
  for (int l = 0; l < g->layers; l++) {
    layer *f = &g->of[l];
    size_t count = (size_t)f->out * (size_t)g->n;
    product(CblasNoTrans, f->out, g->n, f->in, f->W, f->H, f->Z);
    if (l + 1 < g->layers)
      for (size_t i = 0; i < count; i++) f[1].H[i] = log1p(exp(-fabs(f->Z[i]))) + fmax(f->Z[i], 0);
  }
}

/* D of all layers: columns k + m j for output k of sample j */
static void backward(net *g) {
  for (int l = g->layers - 1; l >= 0; l--) {
    layer *f = &g->of[l];
    int last = l == g->layers - 1;
    if (!last) product(CblasTrans, f->out, g->rows, f[1].out, f[1].W, f[1].D, f->D);
    for (int j = 0; j < g->n; j++)
      for (int k = 0; k < g->m; k++) {
        const double *restrict z = f->Z + (size_t)j * (size_t)f->out;
        double *restrict d = f->D + (size_t)(k + g->m * j) * (size_t)f->out;
        const double *v = last ? g->V + (size_t)k * (size_t)f->out : d;
        for (int i = 0; i < f->out; i++) d[i] = v[i] / (1 + exp(-z[i]));
      }
  }
}

/* J' <- one column an output of one sample: the products of what enters and what comes back */
static void form(net *g) {
  double *restrict out = g->J;
  for (int r = 0; r < g->rows; r++)
    for (int l = 0; l < g->layers; l++) {
      const layer *f = &g->of[l];
      const double *restrict d = f->D + (size_t)r * (size_t)f->out;
      const double *h = f->H + (size_t)(r / g->m) * (size_t)f->in;
      for (int c = 0; c < f->in; c++, out += f->out)
        for (int i = 0; i < f->out; i++) out[i] = h[c] * d[i];
    }
}

static void svd(net *g, int m, int n, double *A) {
  if (LAPACKE_dgesdd_work(LAPACK_COL_MAJOR, 'N', m, n, A, m, g->s, NULL, 1, NULL, 1, g->at, g->room,
                          g->iat) != 0)
    bench_fail("failed:", "dgesdd");
}

static void cholesky(int n, double *A) {
  if (LAPACKE_dpotrf_work(LAPACK_COL_MAJOR, 'L', n, A, n) != 0) bench_fail("failed:", "dpotrf");
  for (int j = 1; j < n; j++) memset(A + (size_t)j * (size_t)n, 0, sizeof *A * (size_t)j);
}

/* A = Q L', twice, so that Q is orthonormal; s of L L2 */
static void by_cholesky_qr(net *g) {
  int n = g->rows, p = g->cols;
  double defect = 0;
  gram(n, p, g->J, g->L);
  cholesky(n, g->L);
  cblas_dtrsm(CblasColMajor, CblasRight, CblasLower, CblasTrans, CblasNonUnit, p, n, 1, g->L, n,
              g->J, p);
  gram(n, p, g->J, g->G);
  for (int j = 0; j < n; j++)
    for (int i = j; i < n; i++)
      defect = fmax(defect, fabs(g->G[(size_t)j * (size_t)n + (size_t)i] - (i == j)));
  if (!(defect * n <= 5.0 / 64)) bench_fail("ill-conditioned:", "J");
  cholesky(n, g->G);
  cblas_dtrmm(CblasColMajor, CblasRight, CblasLower, CblasNoTrans, CblasNonUnit, n, n, 1, g->G, n,
              g->L, n);
  svd(g, n, n, g->L);
}

/* s <- roots of the eigenvalues of J J', the sum of (H'H) % (D'D), samples over their m outputs */
static void by_gram(net *g) {
  int r = g->rows, n = g->n, m = g->m;
  double *restrict G = g->G;
  for (int l = 0; l < g->layers; l++) {
    const layer *f = &g->of[l];
    double *restrict B = g->L, *restrict A = g->J;
    gram(n, f->in, f->H, A);
    gram(r, f->out, f->D, B);
    for (int j = 0; j < r; j++)
      for (int i = j; i < r; i++) {
        double part =
            B[(size_t)j * (size_t)r + (size_t)i] * A[(size_t)(j / m) * (size_t)n + (size_t)(i / m)];
        G[(size_t)j * (size_t)r + (size_t)i] =
            part + (l ? G[(size_t)j * (size_t)r + (size_t)i] : 0);
      }
  }
  lapack_int found = 0;
  if (LAPACKE_dsyevr_work(LAPACK_COL_MAJOR, 'N', 'A', 'L', r, G, r, 0, 0, 0, 0, 0, &found, g->s,
                          NULL, 1, g->iat, g->at, g->room, g->iat + 2 * r, g->iroom) != 0 ||
      found != r)
    bench_fail("failed:", "dsyevr");
  for (int i = 0; i < r; i++) g->s[i] = sqrt(g->s[i]);
}

static void step(void *with) {
  net *g = with;
  forward(g);
  backward(g);
  if (g->way == 'g') {
    by_gram(g);
    return;
  }
  form(g);
  if (g->way == 'q')
    by_cholesky_qr(g);
  else
    svd(g, g->cols, g->rows, g->J);
}

static void add_layer(net *g, const char *name, int in, double *H) {
  size_t n = (size_t)g->n, out = (size_t)g->k;
  layer f = {in,
             g->k,
             bench_load(name, g->k, in),
             H,
             bench_new(out * n),
             bench_new(out * n * (size_t)g->m)};
  g->of[g->layers++] = f;
  g->cols += g->k * in;
}

int main(int argc, char **argv) {
  bench_open(argc, argv);
  net g = {.n = bench_int("n"), .m = bench_int("m"), .k = bench_int("k")};
  int d = bench_int("d"), layers = bench_int("layers");
  g.way = bench_word("way")[0];
  g.rows = g.n * g.m;
  g.V = bench_load("V", g.k, g.m);
  add_layer(&g, "W1", d, bench_load("X", d, g.n));
  if (layers == 2) add_layer(&g, "W2", g.k, bench_new((size_t)g.k * (size_t)g.n));
  size_t r = (size_t)g.rows, room = (size_t)g.cols + 100 * r * r + 100;
  g.J = bench_new(g.way == 'g' ? r * r : r * (size_t)g.cols);
  g.G = bench_new(r * r);
  g.L = bench_new(r * r);
  g.s = bench_new(r);
  g.at = bench_new(room);
  g.iat = malloc(sizeof *g.iat * 16 * r);
  g.room = (lapack_int)room;
  g.iroom = (lapack_int)(10 * r);
  if (g.iat == NULL) bench_fail("no memory", "");
  step(&g);
  qsort(g.s, r, sizeof *g.s, bench_less);
  double at = 0, value = bench_print(g.s, NULL, r, &at);
  bench_report(value, step, &g);
  return 0;
}
