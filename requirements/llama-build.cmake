# Read by llama-cpp-python's CMake project when it begins (CMAKE_PROJECT_llama_cpp_INCLUDE).
#
# Leaves out llama.cpp's library "common" (argument parsing, chat parsing, downloads: for its command
# line tools). `import llama_cpp` never loads it, and it is the larger part of the compile.
#
# llama-cpp-python forces the option on in the *cache*, where -DLLAMA_BUILD_COMMON=OFF is overwritten.
# A *normal* variable of that name wins: set(... CACHE ... FORCE) leaves it alone (policy CMP0126, NEW)
# and llama.cpp's own option() honours it (policy CMP0077, NEW). Should either ever change, "common" is
# built again: slower, not wrong.
set(LLAMA_BUILD_COMMON OFF)

# Mends GCC's intrinsics for Intel's matrix tiles (AMX), which a build for this very processor uses on
# recent Xeons: without it llama.cpp ends with an illegal instruction at the first prompt where GCC is
# older than 12.4 or 13.3. With it rows that are read together take a quarter of the time. See the header
# and docs/adr/0002. Flags stay as they are, so the arithmetic is the default build's.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64|amd64")
    add_compile_options(
        "$<$<COMPILE_LANGUAGE:C,CXX>:SHELL:-include \"${CMAKE_CURRENT_LIST_DIR}/amx-tiles.h\">")
endif()

# Leaves the half-precision arithmetic of the newest Xeons (AVX512-FP16) alone: with it llama.cpp takes
# 128 numbers at a time, and where a head has 64, as in most small models, it goes on number by number,
# which makes attention six times as slow. Without it attention computes as on all other AVX-512.
include(CheckCCompilerFlag)
check_c_compiler_flag(-mno-avx512fp16 SWERVE_COMPILER_KNOWS_AVX512FP16)
if(SWERVE_COMPILER_KNOWS_AVX512FP16 AND CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64|amd64")
    add_compile_options($<$<COMPILE_LANGUAGE:C,CXX>:-mno-avx512fp16>)
endif()
