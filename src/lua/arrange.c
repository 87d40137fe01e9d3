#include "lw.h"
void lw_open_arrange(lua_State *L) { (void)L; }
