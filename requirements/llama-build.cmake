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

# Leaves out the kernels for Intel's matrix tiles (AMX), which a build for this very processor has on
# recent Xeons. GCC before 12.4 and 13.3 drops most of the tile configuration there (its bug 114098), so
# that llama.cpp ends with an illegal instruction at the first prompt. See docs/adr/0002.
#
# Flags of other processors stay as they are, so the arithmetic is the default build's.
include(CheckCCompilerFlag)
check_c_compiler_flag(-mno-amx-tile SWERVE_COMPILER_KNOWS_AMX)
if(SWERVE_COMPILER_KNOWS_AMX)
    add_compile_options($<$<COMPILE_LANGUAGE:C,CXX>:-mno-amx-tile>
                        $<$<COMPILE_LANGUAGE:C,CXX>:-mno-amx-int8>
                        $<$<COMPILE_LANGUAGE:C,CXX>:-mno-amx-bf16>)
endif()
