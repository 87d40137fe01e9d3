/* What the rows of the table of models share. A family of models is a file with its rows, which
 * model.c lists. */
#ifndef SADDLE_MODEL_ROWS_H
#define SADDLE_MODEL_ROWS_H

#include "../graph/build.h"
#include "saddle/model.h"

extern const sd_model_row sd_model_linear, sd_model_glm, sd_model_low_rank; /* shallow.c */
extern const sd_model_row sd_model_one_hidden, sd_model_mlp, sd_model_random_feature; /* layers.c */
extern const sd_model_row sd_model_linear_discriminator, sd_model_sparse_generator,
    sd_model_cubic; /* modes.c */

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

/* The activation, applied to x. */
sd_ref sd_act_apply(sd_graph *g, const sd_act *a, sd_ref x);

/* Draw number `at` of the rng: k = {rows, cols} of a matrix of this dtype, or a number; `whole` is
 * the number that some laws need, `other` their second argument or 0. */
sd_ref sd_model_draw(sd_graph *g, int law, sd_ref rng, int64_t at, const sd_type *t, int64_t whole,
                     sd_ref other);

#endif
