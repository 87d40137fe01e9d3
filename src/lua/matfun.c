#include "lw.h"
void lw_open_matfun(lua_State *L) { (void)L; }
