/* What op_loop.c and loop_derive.c share (see saddle/loop.h). */
#ifndef SADDLE_GRAPH_LOOP_H
#define SADDLE_GRAPH_LOOP_H

#include "build.h"
#include "saddle/loop.h"

int sd_loop_reverse(sd_graph *g, sd_ref self, const sd_ref *cot, sd_ref *bar);
int sd_loop_forward(sd_graph *g, sd_ref self, const sd_ref *dot, sd_ref *tan);

#endif
