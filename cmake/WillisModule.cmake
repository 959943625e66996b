# willis_module(NAME SOURCES a.c b.c [LIBRARIES target...]): one static library a room, linked to exactly the
# rooms that src/layers.txt allows it. Unit tests link these, private functions and all; WillisLibrary.cmake makes
# the library that leaves the house of them.

add_library(willis_flags INTERFACE)
target_compile_options(willis_flags INTERFACE -Wall -Wextra -Wshadow -Wvla -Wstrict-prototypes
  -Wmissing-prototypes -Wpointer-arith -Wno-unknown-pragmas -Wno-format-truncation
  -ffp-contract=off -fno-semantic-interposition $<$<C_COMPILER_ID:Clang>:-Wno-unknown-warning-option>)
target_compile_definitions(willis_flags INTERFACE _GNU_SOURCE)
if(WILLIS_WERROR)
  target_compile_options(willis_flags INTERFACE -Werror)
endif()
if(WILLIS_SANITIZE)
  target_compile_options(willis_flags INTERFACE -fsanitize=${WILLIS_SANITIZE} -fno-omit-frame-pointer)
  target_link_options(willis_flags INTERFACE -fsanitize=${WILLIS_SANITIZE})
endif()
target_include_directories(willis_flags INTERFACE ${PROJECT_SOURCE_DIR}/include)

file(STRINGS ${PROJECT_SOURCE_DIR}/src/layers.txt WILLIS_LAYERS REGEX "^[a-z]")

set(CMAKE_POSITION_INDEPENDENT_CODE ON)

function(willis_module name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LIBRARIES" ${ARGN})
  add_library(willis_${name} STATIC ${ARG_SOURCES})
  target_link_libraries(willis_${name} PUBLIC willis_flags m PRIVATE OpenMP::OpenMP_C ${ARG_LIBRARIES})
  target_include_directories(willis_${name} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
  set_property(GLOBAL APPEND PROPERTY WILLIS_ROOMS willis_${name})
  set_property(GLOBAL APPEND PROPERTY WILLIS_LIBRARIES ${ARG_LIBRARIES})
  foreach(layer IN LISTS WILLIS_LAYERS)
    if(layer MATCHES "^${name}:(.*)$")
      string(REGEX MATCHALL "[a-z]+" uses "${CMAKE_MATCH_1}")
      foreach(use IN LISTS uses)
        if(TARGET willis_${use})
          target_link_libraries(willis_${name} PUBLIC willis_${use})
        endif()
      endforeach()
    endif()
  endforeach()
endfunction()

function(willis_add_modules)
  set(CMAKE_C_VISIBILITY_PRESET hidden) # but for what public headers declare; programs and tests show all
  foreach(layer IN LISTS WILLIS_LAYERS)
    string(REGEX REPLACE ":.*" "" name "${layer}")
    if((NOT WILLIS_MODULES OR name IN_LIST WILLIS_MODULES)
       AND EXISTS ${PROJECT_SOURCE_DIR}/src/${name}/CMakeLists.txt)
      add_subdirectory(src/${name})
    endif()
  endforeach()
endfunction()

# Threads that wait do not spin, so that two tests can share the processors. GCC's leak check crashes on threads' own
# variables in libraries that were loaded later, as oneDNN, OpenBLAS and HDF5 are, unless it leaves them alone.
set(WILLIS_TEST_ENVIRONMENT OMP_NUM_THREADS=2 OMP_WAIT_POLICY=passive ASAN_OPTIONS=intercept_tls_get_addr=0)

# willis_unit_test(FILE_WITHOUT_C MODULE... ): tests/unit/<module>/<file>.c becomes one CTest.
function(willis_unit_test name)
  add_executable(${name} ${name}.c)
  target_link_libraries(${name} PRIVATE willis_flags PkgConfig::CMOCKA OpenMP::OpenMP_C)
  foreach(module IN LISTS ARGN)
    target_link_libraries(${name} PRIVATE willis_${module})
  endforeach()
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/tests/support)
  target_compile_definitions(${name} PRIVATE
    WILLIS_TEST_DATA="${PROJECT_SOURCE_DIR}/tests/data"
    WILLIS_SHARED_DATA="${PROJECT_SOURCE_DIR}/../shared/data")
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES TIMEOUT 300 ENVIRONMENT "${WILLIS_TEST_ENVIRONMENT}")
endfunction()

# willis_under_isa(TEST SET...): the test once more under each instruction set (WILLIS_ISA), as "<test>_<set>".
function(willis_under_isa name)
  foreach(isa IN LISTS ARGN)
    add_test(NAME ${name}_${isa} COMMAND ${name})
    set_tests_properties(${name}_${isa} PROPERTIES LABELS slow TIMEOUT 300
                         ENVIRONMENT "${WILLIS_TEST_ENVIRONMENT};WILLIS_ISA=${isa}")
  endforeach()
endfunction()
