"""Names of the simulated city and the ways offices misspell them. Every character's sound is known and unambiguous."""

from __future__ import annotations

import random

_SURNAMES = (
    "王wang 李li 张zhang 刘liu 陈chen 杨yang 赵zhao 黄huang 周zhou 吴wu 徐xu 孙sun 胡hu 朱zhu 高gao 林lin 何he 郭guo "
    "马ma 罗luo 梁liang 宋song 郑zheng 谢xie 韩han 唐tang 冯feng 董dong 程cheng 曹cao 袁yuan 邓deng 彭peng 苏su 卢lu "
    "蒋jiang 蔡cai 贾jia 丁ding 魏wei 薛xue 叶ye 潘pan 杜du 夏xia 钟zhong 田tian 范fan 方fang 石shi 姚yao 谭tan 廖liao "
    "邹zou 熊xiong 金jin 郝hao 孔kong 白bai 崔cui 康kang 毛mao 秦qin 顾gu 侯hou 邵shao 孟meng 龙long 段duan "
    "欧阳ouyang 司马sima 诸葛zhuge"
)
_MALE = (
    "伟wei 强qiang 军jun 勇yong 杰jie 涛tao 明ming 超chao 刚gang 平ping 辉hui 健jian 鹏peng 华hua 飞fei 斌bin 波bo "
    "宇yu 浩hao 凯kai 国guo 志zhi 文wen 林lin 海hai 东dong 学xue 德de 永yong 庆qing 安an 亮liang"
)
_FEMALE = (
    "芳fang 娟juan 敏min 静jing 丽li 艳yan 霞xia 秀xiu 英ying 玲ling 红hong 梅mei 萍ping 兰lan 桂gui 雪xue 婷ting "
    "琳lin 玉yu 春chun 凤feng 慧hui 洁jie 莹ying 月yue 云yun 佳jia 欣xin 蓉rong 芬fen 珍zhen 荣rong"
)
_DOTTED_MALE = ("买买提", "艾力", "吐尔逊", "阿布都", "卡德尔", "玉素甫")
_DOTTED_FEMALE = ("古丽娜", "阿依古丽", "热依汗", "帕提古丽", "米娜瓦尔")
_TRADITIONAL = dict(
    zip(
        "张刘陈杨赵黄吴孙马罗郑谢韩冯邓苏卢蒋贾叶谭邹顾龙伟强军涛刚辉鹏华飞凯国东学庆丽艳红兰凤洁莹云荣",
        "張劉陳楊趙黃吳孫馬羅鄭謝韓馮鄧蘇盧蔣賈葉譚鄒顧龍偉強軍濤剛輝鵬華飛凱國東學慶麗艷紅蘭鳳潔瑩雲榮",
        strict=True,
    )
)
_SAME_SOUND = dict(
    zip(
        "伟军勇杰明平健辉鹏飞斌波宇浩志文林东丽静英玲红梅萍兰琳玉慧洁佳欣芳敏",
        "玮君咏捷铭坪建晖朋菲彬博雨昊智雯霖冬莉婧瑛铃虹玫苹岚琳钰惠捷嘉昕方闽",
        strict=True,
    )
)
DOT = "·"


def _table(text: str) -> tuple[tuple[str, str], ...]:
    """`伟wei 强qiang` as ((伟, wei), (强, qiang))."""
    rows = []
    for word in text.split():
        split = next(place for place, char in enumerate(word) if char.isascii())
        rows.append((word[:split], word[split:]))
    return tuple(rows)


class NameBook:
    """Draws names from one random stream and knows how each of them sounds."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._surnames = _table(_SURNAMES)
        self._given = {"1": _table(_MALE), "2": _table(_FEMALE)}
        self._sounds: dict[str, tuple[str, str]] = {}

    def draw(self, sex: str) -> str:
        """A name: mostly surname and one or two characters, one in sixty of two parts with a dot."""
        if self._rng.random() < 1 / 60:
            return self.draw_dotted(sex)
        # A few surnames are common, most are rare.
        row = self._surnames[int(len(self._surnames) * self._rng.random() ** 1.8)]
        return self._with_given(row, sex)

    def draw_child(self, parent: str, sex: str) -> str:
        """A name with the parent's surname, or a dotted one for a dotted parent."""
        row = next((row for row in self._surnames if parent.startswith(row[0])), None)
        return self._with_given(row, sex) if row and DOT not in parent else self.draw_dotted(sex)

    def draw_unlike(self, name: str, sex: str) -> str:
        """A name that is certainly another one: the surname is written and sounds different."""
        while True:
            other = self._with_given(self._rng.choice(self._surnames), sex)
            if self.differ(other, name):
                return other

    def differ(self, one: str, other: str) -> bool:
        """Whether two drawn names are certainly those of different people: their surnames sound different."""
        if DOT in one or DOT in other:
            return (DOT in one) != (DOT in other)
        return self._sounds[one][0] != self._sounds[other][0]

    def rename(self, name: str, sex: str) -> str:
        """Another given name for the same surname, different in sound and length."""
        row = next(row for row in self._surnames if name.startswith(row[0]))
        while True:
            changed = self._with_given(row, sex)
            if len(changed) != len(name):
                return changed

    def _with_given(self, surname: tuple[str, str], sex: str) -> str:
        given = self._given[sex]
        picked = [self._rng.choice(given) for _ in range(1 if self._rng.random() < 0.3 else 2)]
        name = surname[0] + "".join(char for char, _ in picked)
        self._sounds[name] = (surname[1], "".join(sound for _, sound in picked))
        return name

    def draw_dotted(self, sex: str) -> str:
        """A name of two parts joined by a dot."""
        first = self._rng.choice(_DOTTED_MALE if sex == "1" else _DOTTED_FEMALE)
        return first + DOT + self._rng.choice(_DOTTED_MALE)


def is_dotted(name: str) -> bool:
    """Whether the name has two parts joined by U+00B7."""
    return DOT in name


def without_dot(name: str) -> str:
    """The dot left out, as systems do that cannot store it (a VARIANT)."""
    return name.replace(DOT, "")


def traditional(name: str) -> str:
    """The name with every character that has one in its traditional form (a VARIANT when anything changed)."""
    return "".join(_TRADITIONAL.get(char, char) for char in name)


def homophone(name: str) -> str:
    """The name with one given-name character replaced by another of the same sound (a POSSIBLE when changed)."""
    for place in range(len(name) - 1, 0, -1):
        other = _SAME_SOUND.get(name[place], name[place])
        if other != name[place]:
            return name[:place] + other + name[place + 1 :]
    return name


def with_placeholder(name: str) -> str:
    """The last character lost to a box (a PLACEHOLDER)."""
    return name[:-1] + "□"


def spaced(name: str) -> str:
    """The same name as old terminals print it: a full-width blank, or another dot (EXACT after normalisation)."""
    return name.replace(DOT, "•") if DOT in name else f"{name[0]}　{name[1:]}"
