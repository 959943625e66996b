/* Features of images from a network whose weights the user supplies. */
#ifndef WILLIS_STUDY_NETWORK_FEATURES_H
#define WILLIS_STUDY_NETWORK_FEATURES_H

#include "willis/base.h"

/* A network with its weights, read from a file of tools/convert_weights.py, whose metadata "network" names
 * it: "inception-v3-fid", "inception-v3-torchvision" (2048 values of an image) or "medicalnet-resnet10" (512
 * values of a volume). Not for several threads at a time. */
typedef struct network_features network_features;

/* Fails: WIL_ERR_INPUT naming file and defect (not safetensors, another network, a tensor that does not fit),
 * WIL_ERR_MEMORY. */
WIL_NODISCARD wil_status network_features_open(network_features **out, const char *weights_path);
void network_features_close(network_features *net); /* NULL is fine */
int network_features_width(const network_features *net);
bool network_features_takes_volumes(const network_features *net);
/* What the features are, in words: network, layer, preprocessing, and a hash of the weights, so that figures
 * of different extractors have different names. Borrowed. */
const char *network_features_definition(const network_features *net);

/* n images [n,H,W] in [-1,1] -> [n,width]. Each is repeated in three channels and resized to 299x299. A
 * sample's features do not depend on the others. Fails: WIL_ERR_INPUT (a network for volumes),
 * WIL_ERR_MEMORY, WIL_ERR_INTERRUPTED. monitor may be NULL. */
WIL_NODISCARD wil_status network_features_of_images(float *out, network_features *net, const float *images,
    int64_t n, int height, int width, const wil_monitor *monitor);
/* n volumes [n,D,H,W] of intensities, 0 where there is nothing -> [n,width]. Each is standardised by mean and
 * standard deviation of its voxels above 0; the others become 0, the mean. Fails: as above; WIL_ERR_INPUT for
 * a volume without voxels above 0 or all alike. */
WIL_NODISCARD wil_status network_features_of_volumes(float *out, network_features *net, const float *volumes,
    int64_t n, const int size[3], const wil_monitor *monitor);

#endif
