/* Products of matrices, over BLAS. */
#ifndef SADDLE_BLAS_H
#define SADDLE_BLAS_H

#include "saddle/matrix.h"

enum { SD_NOTRANS, SD_TRANS };

/* C(m,n) <- alpha op(A) op(B) + beta C, with op(A) (m,k), op(B) (k,n); one dtype; C overlaps
 * neither A nor B; with beta = 0 C need not be initialised. SD_ESHAPE, SD_EDTYPE, SD_ETOOBIG. */
int sd_gemm(int transa, int transb, double alpha, const sd_mat *a, const sd_mat *b, double beta,
            sd_mat *c);

/* Threads that BLAS uses: read, and set (n >= 1). */
int sd_blas_threads(void);
void sd_blas_set_threads(int n);

#endif
