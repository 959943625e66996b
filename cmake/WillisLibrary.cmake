# libwillis: all rooms linked into one object, of which the shared library and the archive are made. What the
# public headers declare is visible (their `visibility push(default)`); every other name stays inside, so that a
# program may define a train_step of its own.
set(willis_object ${PROJECT_BINARY_DIR}/willis.o)
set(willis_public_object ${PROJECT_BINARY_DIR}/willis_public.o)
get_property(willis_rooms GLOBAL PROPERTY WILLIS_ROOMS)
get_property(willis_libraries GLOBAL PROPERTY WILLIS_LIBRARIES)
list(TRANSFORM willis_rooms REPLACE "(.+)" "$<TARGET_FILE:\\1>" OUTPUT_VARIABLE willis_room_files)

add_custom_command(OUTPUT ${willis_object} DEPENDS ${willis_rooms} COMMENT "Joining the rooms" VERBATIM
  COMMAND ${CMAKE_C_COMPILER} -r -nostdlib -o ${willis_object} -Wl,--whole-archive ${willis_room_files})
add_custom_command(OUTPUT ${willis_public_object} DEPENDS ${willis_object} COMMENT "Hiding inner names" VERBATIM
  COMMAND ${CMAKE_OBJCOPY} --localize-hidden ${willis_object} ${willis_public_object})

add_library(willis_shared SHARED ${willis_object})
target_link_libraries(willis_shared PUBLIC willis_flags PkgConfig::JANSSON
                      PRIVATE OpenMP::OpenMP_C ${willis_libraries} m)
target_link_options(willis_shared PRIVATE -Wl,-Bsymbolic-functions) # its own calls stay its own, and direct
if(NOT WILLIS_SANITIZE) # whose functions come with the program
  target_link_options(willis_shared PRIVATE -Wl,--no-undefined)
endif()
set_target_properties(willis_shared PROPERTIES VERSION ${PROJECT_VERSION} SOVERSION 0)

add_library(willis_static STATIC ${willis_public_object})
set_target_properties(willis_shared willis_static PROPERTIES OUTPUT_NAME willis LINKER_LANGUAGE C)
