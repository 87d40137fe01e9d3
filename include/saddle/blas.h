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
/* What sd_gemm would return for beta = 0, without running. */
int sd_gemm_check(int transa, int transb, const sd_mat *a, const sd_mat *b, const sd_mat *c);

/* Threads that BLAS uses: read, and set (n >= 1). */
int sd_blas_threads(void);
void sd_blas_set_threads(int n);

#endif
