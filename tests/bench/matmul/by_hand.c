/* A product by BLAS into a matrix that is there. */
#include "../bench.h"
#include <cblas.h>

typedef struct {
  int n;
  double *A, *B, *C;
} product;

static void step(void *with) {
  product *p = with;
  cblas_dgemm(CblasColMajor, CblasNoTrans, CblasNoTrans, p->n, p->n, p->n, 1, p->A, p->n, p->B,
              p->n, 0, p->C, p->n);
}

int main(int argc, char **argv) {
  bench_open(argc, argv);
  int n = bench_int("n");
  size_t nn = (size_t)n * (size_t)n;
  product p = {n, bench_load("A", n, n), bench_load("B", n, n), bench_new(nn)};
  double at = 0;
  step(&p);
  bench_report(bench_print(p.C, NULL, nn, &at), step, &p);
  return 0;
}
