/* Products with a small side, by kernels of our own; what BLAS does better is left to it. */
#ifndef SADDLE_PRODUCT_H
#define SADDLE_PRODUCT_H

#include "saddle/blas.h"

/* The way of C <- alpha op(A) op(B) + beta C as sd_gemm, whose checks have been made, with m, n,
 * k >= 1: 1 when there is one, 0 when it is BLAS's. Depends on the shapes and flags alone. */
int sd_product_way(int transa, int transb, double alpha, const sd_mat *a, const sd_mat *b,
                   double beta, const sd_mat *c, sd_gemm_way *w);

#endif
