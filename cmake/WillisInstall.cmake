# cmake --install: the willis command, headers, static libraries with a pkg-config file, presets, documents.
include(GNUInstallDirs)

set(WILLIS_LINK_FLAGS "") # the libraries of all modules, those that stand on others first
foreach(layer IN LISTS WILLIS_LAYERS)
  string(REGEX REPLACE ":.*" "" name "${layer}")
  if(TARGET willis_${name})
    install(TARGETS willis_${name} ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
    set(WILLIS_LINK_FLAGS "-lwillis_${name} ${WILLIS_LINK_FLAGS}")
  endif()
endforeach()
file(RELATIVE_PATH WILLIS_PC_TO_PREFIX /prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig /prefix) # "../..", so that it can move
configure_file(${PROJECT_SOURCE_DIR}/cmake/willis.pc.in ${PROJECT_BINARY_DIR}/willis.pc @ONLY)

install(FILES ${PROJECT_BINARY_DIR}/willis.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/willis DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(TARGETS willis RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(DIRECTORY ${PROJECT_SOURCE_DIR}/configs DESTINATION ${CMAKE_INSTALL_DATADIR}/willis)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/docs/ DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES ${PROJECT_SOURCE_DIR}/README.md ${PROJECT_SOURCE_DIR}/LICENSE ${PROJECT_SOURCE_DIR}/CHANGELOG.md
        DESTINATION ${CMAKE_INSTALL_DOCDIR})
