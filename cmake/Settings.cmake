# Standard, warnings and sanitizers, as interface targets that every room links.
option(FWLEARN_DEVELOPER "Warnings are errors" OFF)
option(FWLEARN_TIDY "Run clang-tidy on every file that is compiled" OFF)
option(FWLEARN_STYLE "Add the style checks (clang-format, clang-tidy) to the tests" OFF)
option(FWLEARN_FUZZ "Build the libFuzzer targets (needs clang)" OFF)
set(FWLEARN_SANITIZE "" CACHE STRING "Comma-separated list for -fsanitize=")
set(FWLEARN_TEST_PREFIX "" CACHE STRING "Put before the name of every test, to tell builds apart")

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM)
    set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE_PROGRAM})
endif()

add_library(fwlearn_settings INTERFACE)
target_compile_options(fwlearn_settings INTERFACE
    -Wall -Wextra -Wpedantic -Wconversion -Wshadow $<$<BOOL:${FWLEARN_DEVELOPER}>:-Werror>)
# A daemon that runs as root and reads foreign bytes: what Debian's hardening asks for.
add_library(fwlearn_hardening INTERFACE)
if(NOT FWLEARN_SANITIZE)
    target_compile_options(fwlearn_hardening INTERFACE -fstack-protector-strong
        $<$<NOT:$<CONFIG:Debug>>:-D_FORTIFY_SOURCE=2>)
    target_link_options(fwlearn_hardening INTERFACE -Wl,-z,relro,-z,now)
endif()
if(FWLEARN_SANITIZE)
    target_compile_options(fwlearn_settings INTERFACE
        -fsanitize=${FWLEARN_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
    # Tests that repeat one thing many times repeat it less: GCC and clang have no common word for it.
    target_compile_definitions(fwlearn_settings INTERFACE FWLEARN_SANITIZED)
    target_link_options(fwlearn_settings INTERFACE -fsanitize=${FWLEARN_SANITIZE})
endif()
# What lets libFuzzer see which way was taken, for the rooms that a fuzz target names (tests/fuzz) and nobody else:
# a test that need not tell is not slowed.
add_library(fwlearn_fuzzed INTERFACE)
target_compile_options(fwlearn_fuzzed INTERFACE -fsanitize=fuzzer-no-link)
if(FWLEARN_TIDY)
    set(CMAKE_CXX_CLANG_TIDY clang-tidy --quiet --warnings-as-errors=*)
endif()

# fwlearn_room(NAME SOURCES ... PUBLIC rooms... PRIVATE libraries...)
# One room: a static library whose public headers are below include/ in its own folder.
function(fwlearn_room name)
    cmake_parse_arguments(ROOM "" "" "SOURCES;PUBLIC;PRIVATE" ${ARGN})
    add_library(fwlearn_${name} STATIC ${ROOM_SOURCES})
    target_include_directories(fwlearn_${name} PUBLIC include)
    target_link_libraries(fwlearn_${name} PUBLIC ${ROOM_PUBLIC} PRIVATE fwlearn_settings fwlearn_hardening ${ROOM_PRIVATE})
endfunction()
