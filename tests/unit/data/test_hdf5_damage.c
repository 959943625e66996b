/* Damage on which HDF5 1.10 crashes, runs for ever or gives other memory away, found by tests/fuzz; and sound
 * files of the kinds that are then read past HDF5. */
#include "hdf5_fixture.h"

static const hsize_t SHAPE[3] = {N, H, W};
static const hsize_t NAMES = N;
static const char *const LISTED[N] = {"sub-01", "sub-002", "sub-01", "sub-002", "sub-01"};

static hid_t text_type(void)
{
    const hid_t type = H5Tcopy(H5T_C_S1);
    assert_true(H5Tset_size(type, H5T_VARIABLE) >= 0);
    return type;
}

/* /subject as texts of variable length; plist as for put. */
static void put_names(const char *path, hid_t plist, const char *const *names)
{
    const hid_t type = text_type();
    const hid_t file = opened(path);
    put(file, "subject", type, 1, &NAMES, plist, names);
    H5Tclose(type);
    H5Fclose(file);
}

/* ---- texts of variable length ------------------------------------------------------------------------- */

/* The bytes of the file, changed by `change`, which finds a reference (length, address of a heap, number in
 * it) at bytes + at for each text of `length`. */
static void change_references(const char *path, uint32_t length, void (*change)(char *bytes, size_t at))
{
    char *bytes = NULL;
    size_t n = 0;
    bool found = false;
    OK(wil_file_read(path, &bytes, &n));
    for (size_t at = 0; at + 16 <= n; at++) {
        uint64_t heap = 0;
        memcpy(&heap, bytes + at + 4, sizeof heap);
        if (memcmp(bytes + at, &length, sizeof length) == 0 && heap < n &&
            memcmp(bytes + heap, "GCOL", 4) == 0) {
            change(bytes, at);
            found = true;
        }
    }
    assert_true(found);
    OK(wil_file_write(path, bytes, n));
    wil_free(bytes);
}

static void say_shorter(char *bytes, size_t at)
{
    memset(bytes + at, 0, 4);
    bytes[at] = 1;
}

static void name_no_object(char *bytes, size_t at)
{
    bytes[at + 12] = (char)0x80;
    bytes[at + 13] = (char)0xff;
}

/* An object of no bytes where the free space should be: looked behind, it is found again. */
static void empty_the_free_space(char *bytes, size_t at)
{
    uint64_t heap = 0;
    memcpy(&heap, bytes + at + 4, sizeof heap);
    memset(bytes + heap + 16, 0, 16);
}

static void overstate_the_heap(char *bytes, size_t at)
{
    uint64_t heap = 0;
    memcpy(&heap, bytes + at + 4, sizeof heap);
    bytes[heap + 10] = 0x10; /* a mebibyte more */
}

static void texts_whose_heap_is_damaged_are_refused(void **state)
{
    static void (*const changes[])(char *, size_t) = {say_shorter, name_no_object, empty_the_free_space};
    const char *path = sound_set(*state);
    (void)alarm(100); /* instead of for ever */
    for (int i = 0; i < 3; i++) {
        put_names(path, H5P_DEFAULT, LISTED);
        SET_READ(path);
        change_references(path, 7, changes[i]);
        SET_REFUSED(path, "set.h5", "/subject: its text does not lie");
    }
    put_names(path, H5P_DEFAULT, LISTED);
    change_references(path, 7, overstate_the_heap);
    SET_REFUSED(path, "set.h5", "is damaged: it leads to byte");
    (void)alarm(0);
}

/* HDF5 1.10 writes the 5000 bytes over a buffer of 4096. */
static void an_attribute_longer_than_it_says_is_refused(void **state)
{
    wil_samples set;
    char *text = calloc(5001, 1);
    const char *path = in_folder(*state, "set.h5");
    memset(text, 'a', 5000);
    make_patches(&set, N, H, W);
    assert_int_equal(json_object_set_new(set.attributes, "source", json_string(text)), 0);
    OK(wil_samples_write(&set, path));
    wil_samples_clear(&set);
    free(text);
    change_references(path, 5000, say_shorter);
    SET_REFUSED(path, "set.h5", "attribute 'source': its text does not lie");
}

/* ---- attributes --------------------------------------------------------------------------------------- */

/* Replaces `old` by as many bytes. */
static void change_bytes(const char *path, const char *old, const char *fresh, size_t n)
{
    char *bytes = NULL;
    size_t n_bytes = 0;
    OK(wil_file_read(path, &bytes, &n_bytes));
    char *at = memmem(bytes, n_bytes, old, n);
    assert_non_null(at);
    memcpy(at, fresh, n);
    OK(wil_file_write(path, bytes, n_bytes));
    wil_free(bytes);
}

/* HDF5 1.10 keeps what it could not decode, and crashes when the file is closed. */
static void damaged_attributes_are_refused(void **state)
{
    const char *path = sound_set(*state);
    change_bytes(path, "kind\0", "kinds", 5); /* a name without end */
    SET_REFUSED(path, "set.h5", "cannot read the attributes: the file is damaged");
    path = sound_set(*state);
    change_bytes(path, "spacing_mm\0", "spacing_cm\0", 11);
    SET_REFUSED(path, "has no attribute 'spacing_mm'");
}

/* The free space among the names of a group, told to be followed by itself, in a heap as long as it is or
 * longer than any file. */
static void names_of_groups_without_end_are_refused(void **state)
{
    (void)alarm(60); /* instead of for ever, or all memory */
    for (int i = 0; i < 2; i++) {
        const char *path = sound_set(*state);
        char *bytes = NULL;
        size_t n = 0;
        uint64_t head = 0;
        uint64_t begin = 0;
        OK(wil_file_read(path, &bytes, &n));
        char *heap = memmem(bytes, n, "HEAP", 4);
        assert_non_null(heap);
        memcpy(&head, heap + 16, 8);
        memcpy(&begin, heap + 24, 8);
        memcpy(bytes + begin + head, &head, 8);
        heap[8 + 6] = (char)(i == 0 ? 0 : 0x10);
        OK(wil_file_write(path, bytes, n));
        wil_free(bytes);
        SET_REFUSED(path, "set.h5", "the names of a group are damaged");
    }
    (void)alarm(0);
}

/* ---- chunks ------------------------------------------------------------------------------------------- */

static void put_chunk(const char *path, hid_t plist, uint32_t mask, size_t n, const void *bytes)
{
    const hsize_t at[3] = {2, 0, 0};
    const float image[N * H * W] = {0};
    const hid_t file = opened(path);
    put(file, "image", H5T_NATIVE_FLOAT, 3, SHAPE, plist, image);
    const hid_t set = H5Dopen2(file, "image", H5P_DEFAULT);
    assert_true(H5Dwrite_chunk(set, H5P_DEFAULT, mask, at, n, bytes) >= 0);
    H5Dclose(set);
    H5Fclose(file);
}

static hid_t deflated(void)
{
    const hid_t plist = in_chunks(3, SHAPE);
    assert_true(H5Pset_deflate(plist, 1) >= 0);
    return plist;
}

/* Else HDF5 1.10 gives what lies behind the short chunk in memory. */
static void chunks_that_are_too_short_are_refused(void **state)
{
    static const unsigned char ten_zeros[] = {
        0x78, 0x9c, 0x63, 0x60, 0x80, 0x01, 0x00, 0x00, 0x0a, 0x00, 0x01};
    const float plain[H * W] = {0};
    const char *path = sound_set(*state);
    put_chunk(path, deflated(), 0, sizeof ten_zeros, ten_zeros);
    SET_REFUSED(path, "set.h5", "cannot read /image: the file is damaged", "11 bytes stored of a chunk");
    put_chunk(path, deflated(), 1, sizeof ten_zeros, ten_zeros); /* bit 0: not deflated */
    SET_REFUSED(path, "11 bytes stored of a chunk do not unpack to its 252");
    put_chunk(path, deflated(), 1, sizeof plain, plain);
    SET_READ(path);
    put_chunk(path, in_chunks(3, SHAPE), 0, sizeof plain, plain);
    SET_READ(path);
    change_bytes(
        path, "\xfc\0\0\0\0\0\0\0\2", "\x21\0\0\0\0\0\0\0\2", 9); /* 252 bytes in the index, then 33 */
    SET_REFUSED(path, "cannot read /image: the file is damaged: an index is wrong");
}

/* A set that stays in its file is guarded when a sample is asked for. */
static void damage_in_a_set_that_stays_in_its_file_is_found_with_the_sample(void **state)
{
    static const unsigned char nothing[11] = {0};
    static const size_t numbers[] = {1, 2};
    const char *path = sound_set(*state);
    wil_samples set;
    wil_sample sample;
    put_chunk(path, deflated(), 0, sizeof nothing, nothing);
    OK(wil_samples_open(&set, path, 0));
    assert_non_null(set.store);
    OK(wil_samples_fetch(&set, &numbers[0], 1, &sample));
    REFUSED(WIL_ERR_INPUT, wil_samples_fetch(&set, &numbers[1], 1, &sample), "set.h5",
        "11 bytes stored of a chunk do not unpack to its 252");
    wil_samples_clear(&set);
}

/* HDF5 1.10 follows a tree that leads back to itself until its stack ends. */
static void trees_that_lead_back_to_themselves_are_refused(void **state)
{
    const char *path = sound_set(*state);
    char *bytes = NULL;
    size_t n = 0;
    int n_trees = 0;
    OK(wil_file_read(path, &bytes, &n));
    char *changed = malloc(n);
    for (char *tree = bytes; (tree = memmem(tree, n - (size_t)(tree - bytes), "TREE", 4)) != NULL;
         tree += 4) {
        const uint64_t at = (uint64_t)(tree - bytes);
        const size_t n_key = tree[4] == 0 ? 8 : 8 + 8 * 4; /* of names; of chunks with three axes */
        memcpy(changed, bytes, n);
        changed[at + 5] = 1; /* level: the children are trees */
        for (int i = 0; i < tree[6]; i++)
            memcpy(changed + at + 24 + n_key + (size_t)i * (n_key + 8), &at, 8);
        OK(wil_file_write(path, changed, n));
        SET_REFUSED(path, "set.h5", "the file is damaged: an index is wrong");
        n_trees++;
    }
    assert_int_equal(n_trees, 3); /* of the root, of images, of labels */
    free(changed);
    wil_free(bytes);
}

/* ---- sound files of other kinds ----------------------------------------------------------------------- */

static void names_of_variable_length_may_be_in_chunks_but_not_packed(void **state)
{
    const hsize_t two = 2;
    const char *path = sound_set(*state);
    hid_t plist = H5Pcreate(H5P_DATASET_CREATE);
    assert_true(H5Pset_chunk(plist, 1, &two) >= 0);
    put_names(path, plist, LISTED);
    SET_READ(path);
    plist = H5Pcreate(H5P_DATASET_CREATE);
    assert_true(H5Pset_chunk(plist, 1, &two) >= 0 && H5Pset_deflate(plist, 1) >= 0);
    put_names(path, plist, LISTED);
    SET_REFUSED(path, "/subject holds names of variable length that are compressed", "fixed length");
    put_names(path, H5P_DEFAULT, NULL); /* never written: empty names */
    SET_REFUSED(path, "patch 0 is of ''");
}

static void put_attribute(hid_t file, const char *name, hid_t type, hsize_t n, const void *value)
{
    const hid_t space = n == 0 ? H5Screate(H5S_SCALAR) : H5Screate_simple(1, &n, NULL);
    const hid_t attribute = H5Acreate2(file, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    assert_true(H5Awrite(attribute, type, value) >= 0);
    H5Aclose(attribute);
    H5Sclose(space);
}

/* The sound set in the newest format, behind a block of the user's, with attributes of all kinds of numbers.
 */
static const char *newest_set(const char *folder, int n_more)
{
    static const char *const names[] = {"image", "label", "position", "subject", "subjects", "subject_range"};
    static const char *const text = "\u00fcber";
    const int16_t minus = -7;
    const int32_t spacing[3] = {1, 2, 3};
    const char *path = in_folder(folder, "newest.h5");
    const hid_t type = text_type();
    const hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    const hid_t creation = H5Pcreate(H5P_FILE_CREATE);
    assert_true(H5Pset_libver_bounds(access, H5F_LIBVER_LATEST, H5F_LIBVER_LATEST) >= 0);
    assert_true(H5Pset_userblock(creation, 1024) >= 0);
    const hid_t from = opened(sound_set(folder));
    const hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, creation, access);
    for (int i = 0; i < 6; i++)
        assert_true(H5Ocopy(from, names[i], file, names[i], H5P_DEFAULT, H5P_DEFAULT) >= 0);
    put(file, "subject", type, 1, &NAMES, H5P_DEFAULT, LISTED);
    put(file, "image", H5T_STD_U16BE, 3, SHAPE, deflated(), NULL);
    put_attribute(file, "spacing_mm", H5T_NATIVE_INT32, 3, spacing);
    put_attribute(file, "text", type, 0, &text);
    for (int i = 0; i < n_more; i++) {
        char name[8];
        snprintf(name, sizeof name, "n%d", i);
        put_attribute(file, name, H5T_NATIVE_INT16, 0, &minus);
    }
    H5Tclose(type);
    H5Pclose(access);
    H5Pclose(creation);
    H5Fclose(file);
    H5Fclose(from);
    return path;
}

static void the_newest_format_is_read_with_attributes_in_the_header(void **state)
{
    wil_samples set;
    OK(wil_samples_read(&set, newest_set(*state, 3)));
    assert_true(set.spacing_mm[2] == 3);
    assert_string_equal(json_string_value(json_object_get(set.attributes, "text")), "\u00fcber");
    assert_int_equal(json_integer_value(json_object_get(set.attributes, "n2")), -7);
    assert_int_equal(set.subject[3], 1);
    wil_samples_clear(&set);
    SET_REFUSED(
        newest_set(*state, 20), "newest.h5", "keeps its attributes outside the header", "libver='earliest'");
}

/* Numbers of other sizes and byte orders, and text filled with blanks. */
static void attributes_are_converted_as_before(void **state)
{
    const char *path = sound_set(*state);
    const hid_t blanks = H5Tcopy(H5T_C_S1);
    assert_true(H5Tset_size(blanks, 6) >= 0 && H5Tset_strpad(blanks, H5T_STR_SPACEPAD) >= 0);
    const unsigned char big[8] = {0x40, 0x04, 0, 0, 0, 0, 0, 0}; /* 2.5 */
    const float half = 0.5F;
    const uint8_t byte = 200;
    const hid_t file = opened(path);
    put_attribute(file, "blanks", blanks, 0, "ab    ");
    put_attribute(file, "half", H5T_IEEE_F32LE, 0, &half);
    put_attribute(file, "big", H5T_IEEE_F64BE, 0, big);
    put_attribute(file, "byte", H5T_STD_U8LE, 0, &byte);
    put_attribute(file, "reference", H5T_STD_REF_OBJ, 0, big);
    H5Tclose(blanks);
    H5Fclose(file);
    wil_samples set;
    OK(wil_samples_read(&set, path));
    assert_string_equal(json_string_value(json_object_get(set.attributes, "blanks")), "ab");
    assert_true(json_real_value(json_object_get(set.attributes, "half")) == 0.5);
    assert_true(json_real_value(json_object_get(set.attributes, "big")) == 2.5);
    assert_int_equal(json_integer_value(json_object_get(set.attributes, "byte")), 200);
    assert_null(json_object_get(set.attributes, "reference"));
    wil_samples_clear(&set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(texts_whose_heap_is_damaged_are_refused),
        CASE(an_attribute_longer_than_it_says_is_refused),
        CASE(damaged_attributes_are_refused),
        CASE(names_of_groups_without_end_are_refused),
        CASE(chunks_that_are_too_short_are_refused),
        CASE(damage_in_a_set_that_stays_in_its_file_is_found_with_the_sample),
        CASE(trees_that_lead_back_to_themselves_are_refused),
        CASE(names_of_variable_length_may_be_in_chunks_but_not_packed),
        CASE(the_newest_format_is_read_with_attributes_in_the_header),
        CASE(attributes_are_converted_as_before),
    };
    (void)H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
