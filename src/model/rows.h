/* What the rows of the table of models share. A family of models is a file with its rows, which
 * model.c lists. */
#ifndef SADDLE_MODEL_ROWS_H
#define SADDLE_MODEL_ROWS_H

#include "../graph/build.h"
#include "saddle/model.h"

extern const sd_model_row sd_model_linear, sd_model_glm, sd_model_low_rank; /* shallow.c */
extern const sd_model_row sd_model_one_hidden, sd_model_mlp, sd_model_deep; /* layers.c */
extern const sd_model_row sd_model_random_feature;
extern const sd_model_row sd_model_linear_discriminator, sd_model_sparse_generator,
    sd_model_cubic;                                 /* modes.c */
extern const sd_model_row sd_model_patch_generator; /* patch_generator.c */
extern const sd_model_row sd_model_gated_linear, sd_model_threshold_pair, sd_model_product_pair,
    sd_model_patch_link; /* patch_judges.c */

/* Fields of a row: no bias unless asked for, and the other way round. */
extern const char *const sd_flag[];
#define SD_FLAG(s)                                                                                 \
  { s, 0, 0, 1, 0, sd_flag }

/* Adds a parameter to the list. */
void sd_param_put(sd_params *to, sd_param p);

/* Laws: N(0, 1/fan_in), N(0, sd^2), v. */
sd_law sd_lecun(ptrdiff_t fan_in);
sd_law sd_normal(double sd);
sd_law sd_constant(double v);
/* Orthonormal columns of so many elements; n rows or columns of a diagonal of a, from column at. */
sd_law sd_orthonormal(ptrdiff_t rows);
sd_law sd_unit(double a, ptrdiff_t at, ptrdiff_t n);

/* The activation, applied to x. */
sd_ref sd_act_apply(sd_graph *g, const sd_act *a, sd_ref x);
/* smooth_relu and its slope. */
sd_ref sd_ramp(sd_graph *g, double zeta, sd_ref z);
sd_ref sd_ramp_slope(sd_graph *g, double zeta, sd_ref z);

/* *why <- the model's name and the sentence, printf-style; returns status. */
int sd_model_refuse(const sd_model *m, char why[SD_WHY], int status, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
/* Checks that m columns of d elements can be orthonormal. */
int sd_model_check_columns(const sd_model *m, ptrdiff_t d, ptrdiff_t columns, char why[SD_WHY]);

/* n rows of x, from row `from`, counted from 0; the n nodes of a list, one below the other. */
sd_ref sd_model_rows(sd_graph *g, sd_ref x, ptrdiff_t from, ptrdiff_t n);
sd_ref sd_model_stack(sd_graph *g, const sd_ref *list, int n);

/* Draw number `at` of the rng: k = {rows, cols} of a matrix of this dtype, or a number; `whole` is
 * the number that some laws need, `other` their second argument or 0. */
sd_ref sd_model_draw(sd_graph *g, int law, sd_ref rng, int64_t at, const sd_type *t, int64_t whole,
                     sd_ref other);

#endif
