/* Adam by hand: one pass over five columns. */
#include "../bench.h"

typedef struct {
  int n;
  double *h, *c, *x, *m, *v, b1, b2; /* columns; b1, b2: powers of the decays */
} problem;

static void step(void *with) {
  problem *p = with;
  const double *restrict h = p->h, *restrict c = p->c;
  double *restrict x = p->x, *restrict m = p->m, *restrict v = p->v;
  p->b1 *= 0.9;
  p->b2 *= 0.999;
  const double rate = 1e-3 / (1 - p->b1), scale = 1 / (1 - p->b2);
  for (int i = 0; i < p->n; i++) {
    double g = h[i] * x[i] - c[i];
    m[i] = 0.9 * m[i] + 0.1 * g;
    v[i] = 0.999 * v[i] + 0.001 * g * g;
    x[i] -= rate * m[i] / (sqrt(scale * v[i]) + 1e-8);
  }
}

int main(int argc, char **argv) {
  bench_open(argc, argv);
  int n = bench_int("n");
  size_t size = (size_t)n;
  problem p = {n,
               bench_load("h", n, 1),
               bench_load("c", n, 1),
               bench_load("x", n, 1),
               bench_new(size),
               bench_new(size),
               1,
               1};
  double *x0 = bench_copy(p.x, size), at = 0;
  for (int t = bench_int("steps"); t > 0; t--) step(&p);
  bench_report(bench_print(p.x, x0, size, &at), step, &p);
  return 0;
}
