/* The reference of matmul.lua: cblas_dgemm into one matrix, 500x500. */
#include <cblas.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

int main(void) {
  enum { N = 500, NN = N * N, PRODUCTS = 20 };
  double *a = malloc(3 * (size_t)NN * sizeof *a), *b, *c;
  if (a == NULL) return 1;
  b = a + NN;
  c = b + NN;
  for (int i = 0; i < NN; i++) a[i] = 0.5, b[i] = 0.25, c[i] = 0;
  clock_t start = 0;
  for (int k = -1; k < PRODUCTS; k++) { /* the first one is not timed */
    if (k == 0) start = clock();
    cblas_dgemm(CblasColMajor, CblasNoTrans, CblasNoTrans, N, N, N, 1, a, N, b, N, 0, c, N);
  }
  printf("matmul 500x500\tcblas\t%.9f\n", (double)(clock() - start) / CLOCKS_PER_SEC / PRODUCTS);
  int good = c[NN - 1] == N / 8.0;
  free(a);
  return !good;
}
