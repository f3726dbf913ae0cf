"""Tests of weather.py against serve.mjs; pytest runs them as well.

    python3 -m unittest discover -s python
"""

import json
import pathlib
import subprocess
import unittest

from openai import OpenAI

from weather import ask_about_weather

SERVE = pathlib.Path(__file__).parent.parent / "serve.mjs"


class WeatherTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = subprocess.Popen(
            ["node", SERVE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        cls.client = OpenAI(**json.loads(cls.server.stdout.readline()))

    @classmethod
    def tearDownClass(cls):
        cls.client.close()
        cls.server.communicate()

    def test_looks_up_the_weather_of_the_city_that_the_model_names(self):
        asked = []

        def look_up(city):
            asked.append(city)
            return "sunny"

        answer = ask_about_weather(self.client, "How is the weather in Paris?", look_up)
        self.assertEqual(asked, ["Paris"])
        self.assertEqual(answer, "It is sunny in Paris.")


if __name__ == "__main__":
    unittest.main()
