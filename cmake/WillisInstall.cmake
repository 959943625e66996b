# cmake --install: the willis command and what it loads, headers, the library (shared, archive, pkg-config file), presets, documents.
include(GNUInstallDirs)

file(RELATIVE_PATH WILLIS_PC_TO_PREFIX /prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig /prefix) # "../..", so that it can move
configure_file(${PROJECT_SOURCE_DIR}/cmake/willis.pc.in ${PROJECT_BINARY_DIR}/willis.pc @ONLY)

install(FILES ${PROJECT_BINARY_DIR}/willis.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/willis DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(TARGETS willis willis_shared willis_static RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR}
        LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(TARGETS willis_commands LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}/willis)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/configs DESTINATION ${CMAKE_INSTALL_DATADIR}/willis)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/models DESTINATION ${CMAKE_INSTALL_DATADIR}/willis)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/docs/ DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES ${PROJECT_SOURCE_DIR}/README.md ${PROJECT_SOURCE_DIR}/LICENSE ${PROJECT_SOURCE_DIR}/CHANGELOG.md
        DESTINATION ${CMAKE_INSTALL_DOCDIR})
