import { HostedSettingRefused, settingsSet, type HostedToolWords } from '../hosted-tools.ts'

/** The tools of OpenAI's Responses API. `@ai-sdk/openai` does not have the older `computer_use_preview`. */
export const openaiHostedTools: HostedToolWords = {
  web_search({ allowedDomains, blockedDomains, userLocation, ...others }) {
    const filters = settingsSet({ allowedDomains, blockedDomains })
    return {
      id: 'openai.web_search',
      args: {
        ...settingsSet(others),
        ...(Object.keys(filters).length > 0 && { filters }),
        ...(userLocation && { userLocation: { type: 'approximate', ...settingsSet(userLocation) } }),
      },
    }
  },
  image_generation(settings) {
    if (settings.inputImageMask?.fileId !== undefined)
      throw new HostedSettingRefused(
        'image_generation',
        'inputImageMask.fileId',
        "a file of this server, which the provider cannot read: send its content as 'image_url'",
      )
    return { id: 'openai.image_generation', args: settingsSet(settings) }
  },
  computer: () => ({ id: 'openai.computer', args: {} }),
}
