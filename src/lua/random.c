#include "lw.h"
void lw_open_random(lua_State *L) { (void)L; }
