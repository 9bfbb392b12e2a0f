// Put in front of every file that GCC compiles of llama.cpp (llama-build.cmake), because two of its
// intrinsics for Intel's matrix tiles (AMX) do not tell the compiler what memory they read:
//
// - _tile_loadconfig names the first eight of the 64 bytes of the configuration, so that the stores of
//   the others are dropped and the first tile instruction is an illegal one (GCC bug 114098; mended in
//   12.4, 13.3 and 14);
// - _tile_loadd names none of the tile that it loads.
//
// See docs/adr/0002. Where the compiler or the processor has no tiles nothing is defined here.
#ifdef __AMX_TILE__
#include <immintrin.h>

static inline __attribute__((always_inline, unused)) void swerve_tile_loadconfig(const void *config) {
    __asm__ volatile("ldtilecfg %0" ::"m"(*(const char(*)[64])config));
}
#undef _tile_loadconfig
#define _tile_loadconfig swerve_tile_loadconfig

// In two steps, so that a tile given by a macro's name is expanded before it becomes text.
#define SWERVE_TILE_LOADD(tile, base, stride) \
    __asm__ volatile("tileloadd (%0,%1,1), %%tmm" #tile ::"r"((const void *)(base)), "r"((long)(stride)) : "memory")
#undef _tile_loadd
#define _tile_loadd(tile, base, stride) SWERVE_TILE_LOADD(tile, base, stride)
#endif
