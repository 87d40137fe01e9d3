/* Products of matrices: over BLAS, and with a side of up to 16 over kernels of our own. */
#ifndef SADDLE_BLAS_H
#define SADDLE_BLAS_H

#include "saddle/matrix.h"

enum { SD_NOTRANS, SD_TRANS };

/* C(m,n) <- alpha op(A) op(B) + beta C, with op(A) (m,k), op(B) (k,n); one dtype; C overlaps
 * neither A nor B; with beta = 0 C need not be initialised. An element is within (k + 10) u of
 * |alpha| |A||B| + |beta C|, u = 2^-53 or 2^-24. SD_ESHAPE, SD_EDTYPE, SD_ETOOBIG. */
int sd_gemm(int transa, int transb, double alpha, const sd_mat *a, const sd_mat *b, double beta,
            sd_mat *c);
/* C(m,n) <- alpha A(m,k) B(k,n) + beta C. Element (i,l) of A is a[i*ai + l*al], and so on: steps in
 * elements. C does not overlap A or B; with beta = 0 it is not read. m, n, k >= 1. */
typedef struct sd_product {
  ptrdiff_t m, n, k;
  const void *a, *b;
  void *c;
  ptrdiff_t ai, al, bl, bj, ci, cj;
  double alpha, beta;
} sd_product;

/* What sd_gemm decides from shapes, flags and the instruction set, for a product that is done many
 * times: the loop, on which product (C' = B' A' where it is swapped), and what is turned for it. */
typedef struct sd_gemm_way {
  sd_product p;
  void (*loop)(const sd_product *p);
  int dtype, swapped, turned;
} sd_gemm_way;

/* 1 and the way for operands of these headers, wherever their elements will be, when a kernel of
 * our own takes what sd_gemm would do; 0 when it is to be called. */
int sd_gemm_decide(int transa, int transb, double alpha, const sd_mat *a, const sd_mat *b,
                   double beta, const sd_mat *c, sd_gemm_way *w);
/* The product, of elements from a, b and c on; its bits are sd_gemm's. */
void sd_gemm_decided(sd_gemm_way *w, const void *a, const void *b, void *c);

/* What sd_gemm would return for beta = 0, without running. */
int sd_gemm_check(int transa, int transb, const sd_mat *a, const sd_mat *b, const sd_mat *c);

/* Threads that BLAS uses: read, and set (n >= 1). */
int sd_blas_threads(void);
void sd_blas_set_threads(int n);

#endif
