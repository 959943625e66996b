/* All networks by name, at the sizes of the papers: for whoever wants to look at one. */
#include <string.h>

#include "willis/nets.h"

static wil_node image_input(wil_nn *nn, int depth, int height, int width, int channels)
{
    const wil_shape shape = depth > 1 ? wil_shape_of(5, 1, depth, height, width, channels)
                                      : wil_shape_of(4, 1, height, width, channels);
    return wil_graph_input_node(nn->graph, "image", shape);
}

static wil_node wgan_generator(wil_nn *nn)
{
    const wil_wgan_config c = wil_wgan_config_default();
    const wil_node z = wil_graph_input_node(nn->graph, "z", wil_shape_of(2, 1, c.latent));
    return wil_nets_wgan_generator(nn, z, &c, NULL);
}

static wil_node wgan_critic(wil_nn *nn)
{
    const wil_wgan_config c = wil_wgan_config_default();
    return wil_nets_wgan_critic(nn, image_input(nn, 1, c.height, c.width, c.channels), &c, NULL);
}

static wil_node wgan3d_generator(wil_nn *nn)
{
    const wil_wgan3d_config c = wil_wgan3d_config_default();
    const wil_node z = wil_graph_input_node(nn->graph, "z", wil_shape_of(2, 1, c.latent));
    return wil_nets_wgan3d_generator(nn, z, &c, NULL);
}

static wil_node wgan3d_critic(wil_nn *nn)
{
    const wil_wgan3d_config c = wil_wgan3d_config_default();
    return wil_nets_wgan3d_critic(nn, image_input(nn, c.depth, c.height, c.width, c.channels), &c, NULL);
}

static wil_node unet(wil_nn *nn)
{
    const wil_unet_config c = wil_unet_config_default();
    return wil_nets_unet(nn, image_input(nn, 1, 96, 96, 1), &c);
}

static wil_node unet3d(wil_nn *nn)
{
    const wil_unet_config c = wil_unet3d_config_default();
    return wil_nets_unet(nn, image_input(nn, 64, 128, 128, 1), &c);
}

static wil_node series_input(wil_nn *nn, const wil_pix2pix_config *c)
{
    return wil_graph_input_node(nn->graph, "source", wil_shape_of(4, 1, c->height, c->width, c->time_points));
}

static wil_node pix2pix_generator(wil_nn *nn)
{
    const wil_pix2pix_config c = wil_pix2pix_config_default();
    return wil_nets_pix2pix_generator(nn, series_input(nn, &c), &c, NULL);
}

static wil_node temp_pix2pix_generator(wil_nn *nn)
{
    const wil_pix2pix_config c = wil_pix2pix_config_default();
    return wil_nets_temp_pix2pix_generator(nn, series_input(nn, &c), &c, NULL);
}

static wil_node patch_discriminator(wil_nn *nn)
{
    const wil_pix2pix_config c = wil_pix2pix_config_default();
    const wil_node map = wil_graph_input_node(nn->graph, "map", wil_shape_of(4, 1, c.height, c.width, 1));
    return wil_nets_patch_discriminator(nn, series_input(nn, &c), map, &c, NULL);
}

static wil_node inception(wil_nn *nn)
{
    return wil_nets_inception(nn, image_input(nn, 1, 299, 299, 3), WIL_INCEPTION_FID);
}

static wil_node medicalnet(wil_nn *nn)
{
    return wil_nets_medicalnet(nn, image_input(nn, 64, 128, 128, 1));
}

static const wil_net NETS[] = {
    {"wgan-generator", "latent vector to a 96x96 patch and its label", wgan_generator},
    {"wgan-critic", "96x96 patch and label to a score", wgan_critic},
    {"wgan3d-generator", "latent vector to a 128x128x64 volume and its label", wgan3d_generator},
    {"wgan3d-critic", "128x128x64 volume and label to a score", wgan3d_critic},
    {"unet", "96x96 patch to vessel logits", unet},
    {"unet3d", "128x128x64 volume to vessel logits", unet3d},
    {"pix2pix-generator", "80 frames of a slice to a perfusion map", pix2pix_generator},
    {"temp-pix2pix-generator", "the same, with convolutions over time first", temp_pix2pix_generator},
    {"patch-discriminator", "frames and map to logits, one a patch", patch_discriminator},
    {"inception-v3", "299x299 image to 2048 features", inception},
    {"medicalnet-resnet10", "volume to 512 features", medicalnet},
};
#define N_NETS ((int)(sizeof NETS / sizeof NETS[0]))

const wil_net *wil_nets_list(int *n_out)
{
    *n_out = N_NETS;
    return NETS;
}

wil_status wil_nets_find(const wil_net **out, const char *name)
{
    const char *names[N_NETS];
    for (int i = 0; i < N_NETS; i++) {
        names[i] = NETS[i].name;
        *out = &NETS[i];
        if (strcmp(name, names[i]) == 0)
            return WIL_OK;
    }
    *out = NULL;
    const char *nearest = wil_nearest_word(name, names, N_NETS);
    return nearest != NULL
               ? wil_fail(WIL_ERR_ARG, "there is no network '%s'; did you mean '%s'?", name, nearest)
               : wil_fail(WIL_ERR_ARG, "there is no network '%s'; willis graph --list names all", name);
}
