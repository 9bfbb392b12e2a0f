# Read by llama-cpp-python's CMake project when it begins (CMAKE_PROJECT_llama_cpp_INCLUDE).
#
# Leaves out llama.cpp's library "common" (argument parsing, chat parsing, downloads: for its command
# line tools). `import llama_cpp` never loads it, and it is the larger part of the compile.
#
# llama-cpp-python forces the option on in the *cache*, where -DLLAMA_BUILD_COMMON=OFF is overwritten.
# A *normal* variable of that name wins: set(... CACHE ... FORCE) leaves it alone (policy CMP0126, NEW)
# and llama.cpp's own option() honours it (policy CMP0077, NEW). Should either ever change, "common" is
# built again: slower, not wrong.
#
# Nothing here touches ggml or the compiler's flags, so the arithmetic is the default build's.
set(LLAMA_BUILD_COMMON OFF)
