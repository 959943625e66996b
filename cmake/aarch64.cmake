# Cross-compiles for arm64 on Debian (package gcc-aarch64-linux-gnu): make arm64. The libraries of other people are
# taken for arm64 where they are installed (dpkg --add-architecture arm64). Where they are not, those of this
# machine stand in: their headers serve to compile, and only linking a program fails.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc)

execute_process(COMMAND gcc -print-multiarch OUTPUT_VARIABLE WILLIS_HOST_ARCH OUTPUT_STRIP_TRAILING_WHITESPACE)
list(APPEND CMAKE_LIBRARY_PATH /usr/lib/${WILLIS_HOST_ARCH})
set(ENV{PKG_CONFIG_PATH} /usr/lib/aarch64-linux-gnu/pkgconfig:/usr/lib/${WILLIS_HOST_ARCH}/pkgconfig)
# headers of this machine come last: behind them the cross compiler would not find its own C library
set(ENV{PKG_CONFIG_SYSTEM_INCLUDE_PATH} /usr/include:/usr/include/${WILLIS_HOST_ARCH})
set(CMAKE_C_FLAGS_INIT "-idirafter /usr/include/${WILLIS_HOST_ARCH}")
