/* luaopen_saddle_core: the one table that the executable and the module share. */
#include "lw.h"

/* What the table itself has, in an order in which metatables exist before they are added to. */
static void (*const openers[])(lua_State *) = {
    lw_open_symbol,   lw_open_matrix,   lw_open_view,   lw_open_operator, lw_open_function,
    lw_open_arrange,  lw_open_random,   lw_open_linalg, lw_open_matfun,   lw_open_normal,
    lw_open_numerics, lw_open_spectral, lw_open_file,   lw_open_folder,   lw_open_process,
    lw_open_database, lw_open_system,   lw_open_userop, lw_open_schedule};
/* What its field `tracing` has: the tools of the modules that transform functions. */
static void (*const tracers[])(lua_State *) = {
    lw_open_current, lw_open_graph, lw_open_transform, lw_open_plan,  lw_open_iterate, lw_open_tree,
    lw_open_loop,    lw_open_optim, lw_open_model,     lw_open_place, lw_open_flatten};

/* The only symbol that the module exports. */
__attribute__((visibility("default"))) int luaopen_saddle_core(lua_State *L);

int luaopen_saddle_core(lua_State *L) {
  lua_newtable(L);
  for (size_t i = 0; i < sizeof openers / sizeof *openers; i++) openers[i](L);
  lua_newtable(L);
  for (size_t i = 0; i < sizeof tracers / sizeof *tracers; i++) tracers[i](L);
  lua_setfield(L, -2, "tracing");
  return 1;
}
